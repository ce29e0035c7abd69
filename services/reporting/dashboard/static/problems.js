// What went wrong, in Vietnamese, with what to do about it.

import { element } from "./elements.js";

const WHAT_TO_DO = {
  401: "Hãy đăng nhập lại.",
  403: "Vai trò của đồng chí không xem được phần này; nếu cần xem, đề nghị Ban Tổ chức cấp quyền.",
  404: "Hãy chọn lại tổ chức hoặc kỳ báo cáo.",
  409: "Chỉ người được xem hồ sơ của tổ chức mới xem được; hãy chọn tổ chức cấp trên hoặc tổ chức lớn hơn.",
  422: "Hãy sửa lựa chọn rồi xem lại.",
  429: "Có quá nhiều yêu cầu cùng lúc; chờ ít phút rồi thử lại.",
  503: "Hệ thống tạm thời chưa trả lời được; chờ ít phút rồi thử lại.",
};

export class Problem extends Error {
  constructor(status, title, detail, requestId = null) {
    super(detail || title);
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.requestId = requestId;
  }

  static unreachable() {
    return new Problem(0, "Không kết nối được máy chủ",
      "Trình duyệt không nhận được trả lời. Số liệu đang hiện, nếu có, là của lần xem trước.");
  }

  get whatToDo() {
    if (this.status === 0) return "Hãy kiểm tra mạng nội bộ rồi thử lại.";
    return WHAT_TO_DO[this.status] ?? "Hãy thử lại; nếu vẫn lỗi, báo người vận hành kèm mã yêu cầu.";
  }
}

export async function problemOf(response) {
  const requestId = response.headers.get("X-Request-Id");
  let told = {};
  try {
    told = await response.json();
  } catch {
    // The gateway's own errors are no problem documents; the status says what there is to say.
  }
  const detail = [told.detail, ...(told.errors ?? []).map((each) => each.detail)].filter(Boolean);
  return new Problem(response.status, told.title ?? "Máy chủ báo lỗi", [...new Set(detail)].join(" "), requestId);
}

export function problemShown(problem, again = null) {
  const known = problem instanceof Problem;
  if (!known) console.error(problem);
  const title = known ? problem.title : "Trang gặp lỗi";
  return element("div", { class: "problem" },
    element("p", {}, element("strong", {}, known && problem.status ? `${title} (${problem.status})` : title)),
    element("p", {}, known ? problem.detail : "Phần này không hiện được."),
    element("p", {}, known ? problem.whatToDo : "Hãy tải lại trang; nếu vẫn lỗi, báo người vận hành."),
    known && problem.requestId && problem.status >= 500
      ? element("p", { class: "hint" }, `Mã yêu cầu: ${problem.requestId}`) : null,
    again ? element("button", { type: "button", onclick: again }, "Thử lại") : null);
}

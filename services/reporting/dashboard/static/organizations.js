// Các tổ chức trực thuộc: a heat table, in the order of the tree until somebody sorts it.

import { element, scrolling } from "./elements.js";
import { figure, keptBack, reason } from "./figure.js";
import { addressOf } from "./question.js";
import { number } from "./words.js";

const COLUMNS = [
  ["opening", "Đầu kỳ"], ["listed", "Mới vào danh sách"], ["transferred_in", "Chuyển đến"],
  ["recognized", "Công nhận tiến bộ"], ["transferred_out", "Chuyển sinh hoạt"],
  ["removed_from_list", "Ra khỏi Đảng, từ danh sách"], ["removed_outside_list", "Ra khỏi Đảng, ngoài danh sách"],
  ["other_exits", "Lý do khác"], ["continuing", "Còn tiếp tục"],
];
const OVERDUE = ["overdue", "Thời hạn quá hạn"];
const HEATS = 5;
const LEAST_SCALE = 5; // one case among nothing is no blaze

const overdueOf = (pipeline) =>
  pipeline === null ? null : Object.values(pipeline.deadlines).reduce((sum, each) => sum + each.overdue, 0);

export async function show(place, told) {
  const [figures, pipeline] = await Promise.all([told.figures(), told.pipeline()]);
  if (figures.items.length === 0) {
    place.replaceChildren(element("p", {}, "Tổ chức này không có tổ chức trực thuộc."));
    return;
  }
  const overdue = new Map(pipeline.items.map((each) => [each.organization_id, overdueOf(each.pipeline)]));
  const rows = figures.items.map((each) => ({
    ...each, values: { ...each.figures, overdue: overdue.get(each.organization_id) ?? null }, hidden: each.figures === null,
  }));
  const columns = [...COLUMNS, OVERDUE];
  const most = Object.fromEntries(columns.map(([key]) => [key, Math.max(0, ...rows.map((row) => row.values[key] ?? 0))]));
  const body = element("tbody", {}, rows.map((row) => line(row, columns, most, figures, told)));
  const lines = [...body.rows].map((tr, place_) => ({ tr, row: rows[place_] }));
  const head = element("tr", {}, heading("Tổ chức", null), columns.map(([key, text]) => heading(text, key)));

  function heading(text, key) {
    const button = element("button", { type: "button", class: "sort" }, text);
    const cell = element("th", { scope: "col", "aria-sort": key === null ? "none" : null }, button);
    button.addEventListener("click", () => sort(key, cell));
    return cell;
  }

  // Once: the largest first. Twice: the smallest first. On the name: the order of the tree again.
  function sort(key, cell) {
    const down = cell.getAttribute("aria-sort") !== "descending";
    for (const other of head.cells) other.removeAttribute("aria-sort");
    const sorted = [...lines];
    if (key !== null) {
      cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = ({ row }) => (row.hidden ? null : row.values[key] ?? 0);
      sorted.sort((one, two) => {
        if (value(one) === null || value(two) === null) return (value(one) === null) - (value(two) === null);
        return down ? value(two) - value(one) : value(one) - value(two);
      });
    }
    body.append(...sorted.map(({ tr }) => tr));
  }

  const total = figures.figures;
  place.replaceChildren(...[
    scrolling("Bảng các tổ chức trực thuộc", element("table", { class: "heat" },
      element("caption", { class: "unseen" },
        "Số liệu theo tổ chức trực thuộc, theo thứ tự trong cây tổ chức; bấm tên cột để sắp xếp"),
      element("thead", {}, head),
      body,
      total === null ? null : element("tfoot", {}, element("tr", {},
        element("th", { scope: "row" }, "Toàn bộ"),
        COLUMNS.map(([key]) => element("td", { "data-total": key }, number(total[key]))),
        element("td", { "data-total": "overdue" }, number(overdueOf(pipeline.whole.pipeline) ?? 0)))))),
    element("p", { class: "hint" },
      "Màu đậm hơn: số lớn hơn trong cùng cột. Số lớn không phải là đánh giá tổ chức hay đảng viên. " +
      "Cộng các dòng có thể nhiều hơn dòng “Toàn bộ” khi có chuyển giữa các tổ chức trực thuộc."),
    reason(figures.withheld ?? pipeline.withheld),
  ].filter(Boolean));
}

function line(row, columns, most, figures, told) {
  const cells = columns.map(([key]) => {
    const value = row.values[key];
    if (row.hidden || value === null || value === undefined) {
      return element("td", { class: "heat-none" }, row.hidden ? keptBack(figures.withheld) : "");
    }
    const heat = Math.ceil((value / Math.max(most[key], LEAST_SCALE)) * HEATS);
    const of = { value, organization: row, question: told.question };
    const shown = key === "overdue"
      ? figure({ ...of, key: "deadlines.overdue", source: "pipeline" })
      : figure({ ...of, key, source: "report" });
    return element("td", { class: `heat-${heat}` }, shown);
  });
  return element("tr", { "data-organization": row.organization_id },
    element("th", { scope: "row" },
      element("a", { href: addressOf({ ...told.question, organization: row.organization_id }), "data-go": true }, row.name)),
    cells);
}

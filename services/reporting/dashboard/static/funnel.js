// Từ rà soát đến kết quả: what became of those proposed in the period.

import { chart } from "./charts.js";
import { element, table } from "./elements.js";
import { figure, keptBack, reason } from "./figure.js";
import { figureName, number } from "./words.js";

const ROWS = [
  ["reviewed", 0], ["proposed", 0], ["waiting", 1], ["not_listed", 1], ["listed", 0], ["continuing", 1],
  ["with_outcome", 0], ["outcomes.recognized", 1], ["outcomes.transferred", 1], ["outcomes.removed", 1],
  ["outcomes.restored", 1], ["outcomes.other", 1],
];
const BARS = ["proposed", "listed", "with_outcome", "outcomes.recognized", "outcomes.transferred", "outcomes.removed"];
const SHORT = {
  proposed: "Dự kiến", listed: "Vào danh sách", with_outcome: "Có kết quả", "outcomes.recognized": "Tiến bộ",
  "outcomes.transferred": "Chuyển sinh hoạt", "outcomes.removed": "Ra khỏi Đảng",
};

const valueOf = (figures, key) => key.split(".").reduce((node, name) => node[name], figures);

export async function show(place, told) {
  const funnel = await told.funnel();
  if (funnel.figures === null) {
    place.replaceChildren(keptBack(funnel.withheld), reason(funnel.withheld));
    return;
  }
  place.replaceChildren();
  chart(place,
    "Biểu đồ các bước; số liệu ở bảng bên dưới. " +
      BARS.map((key) => `${figureName(key, "funnel")}: ${number(valueOf(funnel.figures, key))}`).join(", "),
    {
      across: true,
      labels: BARS.map((key) => SHORT[key]),
      series: [{
        name: "Số vụ việc",
        values: BARS.map((key) => valueOf(funnel.figures, key)),
        color: ["--chart-1", "--chart-1", "--chart-1", "--chart-2", "--chart-3", "--chart-4"],
      }],
    });
  const rows = ROWS.map(([key, depth]) => {
    const value = valueOf(funnel.figures, key);
    return [
      element("span", { class: depth ? "part" : "whole" }, figureName(key, "funnel")),
      key === "reviewed"
        ? element("span", { "data-figure": key }, number(value))
        : figure({ key, value, organization: told.organization, question: told.question, source: "funnel" }),
    ];
  });
  place.append(table("Từ rà soát đến kết quả", ["Bước", "Số lượng"], rows),
    element("p", { class: "hint" },
      "Tính theo những vụ việc bắt đầu trong kỳ tại tổ chức này, theo dõi đến ngày lấy số liệu."));
}

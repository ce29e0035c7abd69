// Các đợt rà soát: which cells owe a report in the rounds of the period, or in those still open.

import { element, folded, scrolling, table } from "./elements.js";
import { day, number } from "./words.js";

const COUNTS = ["cells", "reported", "late", "not_reported", "overdue"];

export async function show(place, told) {
  const { rounds, whole } = await told.pipeline();
  if (rounds.length === 0) {
    place.replaceChildren(element("p", {}, "Trong kỳ không có đợt rà soát nào, cũng không còn đợt nào đang mở."));
    return;
  }
  const rows = rounds.map((each, number_) => [
    each.name,
    `${day(each.opened_on)} – ${day(each.due_on)}`,
    each.closed_on ? day(each.closed_on) : "đang mở",
    ...COUNTS.map((key) => {
      const value = whole.by_round[number_][key];
      return element("span", {
        "data-figure": `${each.round_id}.${key}`, class: key === "overdue" && value > 0 ? "late" : null,
      }, number(value));
    }),
  ]);
  place.replaceChildren(
    scrolling("Bảng các đợt rà soát", table("Các đợt rà soát", ["Đợt", "Thời gian", "Kết thúc", "Chi bộ phải báo cáo",
      "Đã báo cáo", "Trong đó trễ", "Chưa báo cáo", "Trong đó quá hạn"], rows)),
    ...rounds.filter((each) => each.silent.length > 0).map((each) =>
      folded(`${each.name}: ${number(each.silent.length)} chi bộ chưa báo cáo`,
        element("ul", { class: "silent" }, each.silent.map((cell) => element("li", {},
          [...cell.above, cell.name].join(" › "), cell.overdue ? element("span", { class: "late" }, " (quá hạn)") : null))))));
}

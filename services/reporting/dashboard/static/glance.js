// Tổng quan: the figures of the report, beside those of the period before and of the year before.

import { element, folded, table } from "./elements.js";
import { figure, keptBack, reason } from "./figure.js";
import { day, figureName, number, signed } from "./words.js";

const TILES = [
  "opening", "listed", "transferred_in", "recognized", "transferred_out", "removed_from_list", "other_exits",
  "continuing",
];
const BESIDE = ["removed_outside_list", "reversed", "reversed.returned_to_list"];
const COMPARED = { period_before: "kỳ trước", year_before: "cùng kỳ năm trước" };
const PARTS = [
  ["listed", "by_criterion"],
  ["removed_from_list", "by_mode"],
  ["removed_from_list", "by_ground"],
  ["removed_outside_list", "by_mode"],
  ["removed_outside_list", "by_ground"],
  ["other_exits", "by_reason"],
];

// Figures as the report nests them, under a dotted key.
function valueOf(figures, key) {
  const found = key.split(".").reduce((node, name) => node?.[name], figures);
  return typeof found === "object" && found !== null ? found.total : found ?? 0;
}

export async function show(place, told) {
  const report = await told.report();
  if (report.figures === null) {
    place.replaceChildren(keptBack(report.withheld), reason(report.withheld));
    return;
  }
  const of = { organization: told.organization, question: told.question, source: "report" };
  const tile = (key) => {
    const value = valueOf(report.figures, key);
    return element("li", { class: key === "continuing" ? "tile strong" : "tile" },
      element("span", { class: "tile-name" }, figureName(key)),
      figure({ ...of, key, value }),
      report.comparison.map((other) => {
        const earlier = valueOf(other.figures, key);
        return element("span", { class: "compared", "data-compared": other.with },
          `${COMPARED[other.with]}: ${number(earlier)} (${signed(value - earlier)})`);
      }));
  };
  const details = PARTS.flatMap(([key, by]) =>
    Object.entries(report.figures[key][by]).map(([code, value]) => [
      figureName(`${key}.${by}.${code}`), figure({ ...of, key: `${key}.${by}.${code}`, value }),
    ]));
  place.replaceChildren(...[
    element("ul", { class: "tiles" }, TILES.map(tile)),
    balance(report.balance),
    table("Ngoài danh sách", ["Chỉ tiêu", "Số lượng"],
      BESIDE.map((key) => [figureName(key), figure({ ...of, key, value: valueOf(report.figures, key) })])),
    details.length
      ? folded("Theo tiêu chuẩn, hình thức, lý do", table("Theo tiêu chuẩn, hình thức, lý do", ["Chỉ tiêu", "Số lượng"], details))
      : null,
    published(report),
  ].filter(Boolean));
}

function balance(told) {
  const entries = Object.values(told.entries).reduce((sum, each) => sum + each, 0);
  const said = told.holds
    ? `Cân đối: số vào ${number(entries)} bằng số ra và còn tiếp tục.`
    : `Số liệu chưa cân đối: chênh ${signed(told.unreconciled)}. Hãy báo người vận hành kiểm tra các hồ sơ liên quan.`;
  return element("p", { class: told.holds ? "balance" : "balance broken", "data-unreconciled": String(told.unreconciled) },
    said);
}

function published(report) {
  if (report.published.length === 0) return null;
  // The source speaks of its own days, which need not be those of the report; without days nothing can be counted.
  const beside = (each, key) => (each.counted === null ? "không rõ ngày" : number(each.counted[key] ?? 0));
  return folded("Số liệu đã công bố để đối chiếu", report.published.map((each) =>
    table(`${each.source.name}, ${day(each.source.published_on)}: ${each.period.label}`,
      ["Chỉ tiêu", "Đã công bố", "Theo hệ thống, cùng thời gian"],
      Object.entries(each.figures).map(([key, said]) => [
        figureName(key), element("span", { "data-published": key }, said.text),
        element("span", { "data-counted": key }, beside(each, key)),
      ]),
      { captionShown: true, foot: [["Chưa đối chiếu được trong số đã công bố", each.unreconciled.text, ""]] })));
}

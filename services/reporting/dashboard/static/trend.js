// Xu hướng theo quý: flows as bars, the list at the end of each quarter as a line; the same as a table.

import { chart } from "./charts.js";
import { element, scrolling, table } from "./elements.js";
import { figure, keptBack, reason } from "./figure.js";
import { addressOf, quarterOf } from "./question.js";
import { number, within } from "./words.js";

const SERIES = [
  { key: "listed", name: "Mới vào danh sách", color: "--chart-1" },
  { key: "recognized", name: "Công nhận tiến bộ", color: "--chart-2" },
  { key: "transferred_out", name: "Chuyển sinh hoạt", color: "--chart-3" },
  { key: "removed", name: "Đưa ra khỏi Đảng", color: "--chart-4" },
  { key: "continuing", name: "Còn tiếp tục (cuối quý)", color: "--chart-5", line: true },
];

// Both ways out of the Party, from the list and outside it, are one line of the trend.
const valueOf = (figures, key) =>
  key === "removed" ? figures.removed_from_list + figures.removed_outside_list : figures[key];

export async function show(place, told) {
  const trend = await told.trend();
  if (trend.withheld) {
    place.replaceChildren(keptBack(trend.withheld), reason(trend.withheld));
    return;
  }
  const labels = trend.items.map((each) => each.period.label);
  const values = (key) => trend.items.map((each) => valueOf(each.figures, key));
  place.replaceChildren();
  const last = trend.items.at(-1);
  chart(place,
    `Biểu đồ theo quý từ ${labels[0]} đến ${labels.at(-1)}; số liệu ở bảng bên dưới. ${labels.at(-1)}: ` +
      SERIES.map((each) => `${within(each.name)} ${number(valueOf(last.figures, each.key))}`).join(", "),
    { labels: labels.map((label) => label.replace("Quý ", "")), series: SERIES.map((each) => ({ ...each, values: values(each.key) })) });
  const rows = trend.items.map((each) => {
    const quarter = {
      ...told.question, period: quarterOf(each.period.from), from: "", to: "", label: each.period.label,
    };
    return [
      element("a", { href: addressOf(quarter), "data-go": true }, each.period.label),
      ...SERIES.map(({ key }) => {
        const value = valueOf(each.figures, key);
        return key === "removed"
          ? element("span", { "data-figure": key }, number(value))
          : figure({ key, value, organization: told.organization, question: quarter, source: "report" });
      }),
    ];
  });
  place.append(scrolling("Bảng số liệu theo quý",
    table("Xu hướng theo quý", ["Quý", ...SERIES.map((each) => each.name)], rows)));
}

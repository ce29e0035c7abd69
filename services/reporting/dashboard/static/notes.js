// Cách tính và nguồn số liệu: what was assumed, and how far the read model was.

import { element } from "./elements.js";
import { day, instant, number } from "./words.js";

const SOURCES = { members: "đảng viên", reviews: "rà soát, sàng lọc" };

export async function show(place, told) {
  const report = await told.report();
  const applied = Object.entries(report.applied).map(([source, reached]) =>
    `${SOURCES[source] ?? source} ${number(reached.events)} sự kiện` +
    (reached.time ? ` (mới nhất ${instant(reached.time)})` : ""));
  place.replaceChildren(
    element("p", {}, `Số liệu biết đến hết ngày ${day(report.as_of)}; lập lúc ${instant(report.generated_at)}. `,
      applied.length ? `Đã nhận: ${applied.join("; ")}.` : ""),
    element("ul", {}, report.assumptions.map((each) =>
      element("li", {}, each, " ", element("em", {}, "(chưa kiểm chứng)")))));
}

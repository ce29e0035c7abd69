// Thời hạn: kept, missed, running, by kind; transfers on the way.

import { chart } from "./charts.js";
import { element, scrolling, table } from "./elements.js";
import { figure, keptBack, reason } from "./figure.js";
import { number, words } from "./words.js";

const SHORT = { education: "Giáo dục", follow_up: "Theo dõi", complaint: "Khiếu nại" };
// Each deadline once: what is running and what is over, in parts that do not overlap.
const SHARES = [
  { name: "Đúng hạn", color: "--chart-2", of: (kept) => kept.met },
  { name: "Đang chạy", color: "--chart-1", of: (kept) => kept.running },
  { name: "Xong, trễ hạn", color: "--chart-3", of: (kept) => kept.missed - kept.overdue },
  { name: "Quá hạn, chưa xong", color: "--chart-4", of: (kept) => kept.overdue },
];

const capital = (said) => said[0].toUpperCase() + said.slice(1);

export async function show(place, told) {
  const answer = await told.pipeline();
  const { pipeline } = answer.whole;
  if (pipeline === null) {
    place.replaceChildren(keptBack(answer.withheld), reason(answer.withheld));
    return;
  }
  const states = Object.entries(words().deadline_states);
  const rows = Object.entries(words().deadlines).map(([kind, name]) => [
    name,
    ...states.map(([state]) => {
      const value = pipeline.deadlines[kind][state];
      const shown = figure({
        key: `deadlines.${kind}.${state}`, value, organization: told.organization, question: told.question,
        source: "pipeline",
      });
      if (state === "overdue" && value > 0) shown.classList.add("late");
      return shown;
    }),
  ]);
  const kinds = Object.entries(words().deadlines).map(([kind]) => pipeline.deadlines[kind]);
  place.replaceChildren();
  chart(place,
    "Biểu đồ thời hạn theo loại; số liệu ở bảng bên dưới. " + Object.entries(words().deadlines).map(([kind, name]) =>
      `${name}: quá hạn chưa xong ${number(pipeline.deadlines[kind].overdue)}, đang chạy ${number(pipeline.deadlines[kind].running)}`).join("; "),
    {
      across: true,
      stacked: true,
      labels: Object.keys(words().deadlines).map((kind) => SHORT[kind] ?? kind),
      series: SHARES.map((each) => ({ ...each, values: kinds.map(each.of) })),
    });
  place.append(...[
    scrolling("Thời hạn theo loại", table("Thời hạn theo loại", ["Thời hạn", ...states.map(([, said]) => capital(said))], rows)),
    element("p", { class: "hint" },
      "“Trễ hạn” gồm cả việc quá hạn chưa xong; “đang chạy” gồm cả việc còn ít ngày."),
    element("p", {}, "Đảng viên đang chuyển sinh hoạt: ",
      element("strong", { "data-figure": "in_transit" }, number(answer.whole.in_transit)), ", quá hạn nộp giấy giới thiệu: ",
      element("strong", {
        "data-figure": "in_transit_overdue", class: answer.whole.in_transit_overdue > 0 ? "late" : null,
      }, number(answer.whole.in_transit_overdue)), "."),
    reason(answer.withheld),
  ].filter(Boolean));
}

// Tiến độ giải quyết: open cases by stage and by how long they have been in it.

import { chart } from "./charts.js";
import { element, scrolling, table } from "./elements.js";
import { figure, keptBack, reason } from "./figure.js";
import { number, within, words } from "./words.js";

const SHADES = ["--age-1", "--age-2", "--age-3", "--age-4"];
const SHORT = {
  proposed: "Dự kiến", education: "Giáo dục, giúp đỡ", removal: "Đề nghị đưa ra", decided: "Có quyết định",
  complaint: "Khiếu nại",
};

function ageNames(ages) {
  const between = ages.map((end, place) => (place === 0 ? `đến ${end} ngày` : `${ages[place - 1] + 1}–${end} ngày`));
  return [...between, `trên ${ages.at(-1)} ngày`];
}

export async function show(place, told) {
  const answer = await told.pipeline();
  const { pipeline } = answer.whole;
  if (pipeline === null) {
    place.replaceChildren(keptBack(answer.withheld), reason(answer.withheld));
    return;
  }
  const ages = ageNames(answer.ages);
  const stages = Object.entries(answer.stages);
  place.replaceChildren();
  chart(place,
    "Biểu đồ vụ việc đang giải quyết theo giai đoạn; số liệu ở bảng bên dưới. " +
      stages.map(([key, name]) => `${name}: ${number(pipeline.stages[key].cases)}`).join(", "),
    {
      across: true,
      stacked: true,
      labels: stages.map(([key]) => SHORT[key] ?? key),
      series: ages.map((name, age) => ({
        name, color: SHADES[age], values: stages.map(([key]) => pipeline.stages[key].by_age[age]),
      })),
    });
  const rows = stages.map(([key, name]) => {
    const stage = pipeline.stages[key];
    return [
      name,
      figure({
        key: `stages.${key}`, value: stage.cases, organization: told.organization, question: told.question,
        source: "pipeline",
      }),
      ...stage.by_age.map(number),
      stage.median_days === null ? "–" : number(stage.median_days),
    ];
  });
  const days = pipeline.median_days_to_outcome;
  place.append(...[
    scrolling("Vụ việc theo giai đoạn",
      table("Vụ việc đang giải quyết theo giai đoạn", ["Giai đoạn", "Tổng", ...ages, "Trung vị (ngày)"], rows)),
    element("p", {}, days.all === undefined
      ? "Trong kỳ không có vụ việc nào ra khỏi danh sách."
      : `Từ khi vào danh sách đến kết quả trong kỳ: trung vị ${number(days.all)} ngày` +
        Object.entries(words().exits).filter(([key]) => days[key] !== undefined)
          .map(([key, name]) => `; ${within(name)} ${number(days[key])} ngày`).join("") + "."),
    element("p", {}, `Khiếu nại trong kỳ: ${number(pipeline.complaints)} (quá hạn nộp: ${number(pipeline.complaints_late)}); ` +
      `hủy quyết định: ${number(pipeline.reversals)}.`),
    reason(answer.withheld),
  ].filter(Boolean));
}

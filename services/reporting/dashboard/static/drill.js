// What is behind a figure: the organisations below, then the cases, then one case step by step.

import { ask } from "./api.js";
import { byId, element, scrolling, table } from "./elements.js";
import { problemShown } from "./problems.js";
import { queryOf } from "./question.js";
import { criterion, day, eventName, exitName, figureName, instant, number, WITHHELD_SIGN } from "./words.js";

const PATHS = { report: "screening-report", funnel: "funnel", pipeline: "pipeline" };
let views = [];

export function begin() {
  byId("drill-close").addEventListener("click", () => byId("drill").close());
}

export function open(what) {
  views = [];
  byId("drill").showModal();
  go({ title: figureName(what.key, what.source), fill: (body) => fillFigure(body, what) });
}

function go(view) {
  views.push(view);
  show();
}

function show() {
  const view = views.at(-1);
  byId("drill-title").textContent = view.title;
  const body = byId("drill-body");
  const inside = element("div");
  const before = views.at(-2);
  body.replaceChildren(...[
    before ? element("button", { type: "button", class: "back", onclick: back }, `← ${before.title}`) : null,
    inside,
  ].filter(Boolean));
  byId("drill-title").focus();
  waiting(inside, () => view.fill(inside));
}

function back() {
  views.pop();
  show();
}

async function waiting(place, work) {
  place.setAttribute("aria-busy", "true");
  place.replaceChildren(element("p", { class: "hint" }, "Đang tải…"));
  try {
    await work();
  } catch (problem) {
    place.replaceChildren(problemShown(problem, () => waiting(place, work)));
  } finally {
    place.removeAttribute("aria-busy");
  }
}

async function fillFigure(body, what) {
  const query = { ...queryOf(what.question), organization: what.organization.organization_id, figure: what.key };
  const parts = what.source === "report" ? await ask("screening-report/organizations", query) : null;
  const count = parts ? parts.count : what.value;
  const cases = element("div", { class: "cases" });
  const opener = element("button", {
    type: "button",
    class: "primary",
    onclick: () => waiting(cases, async () => fillCases(cases, await ask(`${PATHS[what.source]}/cases`, query))),
  }, "Mở danh sách hồ sơ");
  body.replaceChildren(...[
    element("p", { class: "counted" }, element("strong", {}, count === null ? WITHHELD_SIGN : number(count)),
      ` · ${what.organization.name} · ${what.question.label}`),
    opener,
    element("p", { class: "hint" }, "Hồ sơ hiện theo mã, không có họ tên. Việc xem hồ sơ được ghi vào nhật ký."),
    cases,
    parts?.items.length ? partsTable(parts, what) : null,
    parts?.withheld ? element("p", { class: "reason" }, parts.withheld) : null,
    parts?.moved_within > 0
      ? element("p", { class: "hint" },
        `Cộng các tổ chức trực thuộc nhiều hơn ${number(parts.moved_within)} do chuyển giữa các tổ chức này.`)
      : null,
  ].filter(Boolean));
}

function partsTable(parts, what) {
  const rows = parts.items.map((each) => [
    each.count === null ? each.name : element("button", {
      type: "button",
      class: "link",
      onclick: () => go({
        title: `${figureName(what.key, what.source)}: ${each.name}`,
        fill: (body) => fillFigure(body, { ...what, organization: each }),
      }),
    }, each.name),
    each.count === null ? WITHHELD_SIGN : number(each.count),
  ]);
  return scrolling("Theo tổ chức trực thuộc",
    table("Theo tổ chức trực thuộc", ["Tổ chức", "Số lượng"], rows, { captionShown: true }));
}

function fillCases(place, told) {
  if (told.cases.length === 0) {
    place.replaceChildren(element("p", {}, "Không có hồ sơ nào."));
    return;
  }
  const rows = told.cases.map((each) => {
    const { listed, exits } = each.facts;
    return [
      element("button", {
        type: "button", class: "link code", onclick: () => go({ title: "Hồ sơ", fill: (body) => fillCase(body, each) }),
      }, each.case_id),
      listed.length ? criterion(listed.at(-1).criterion) : "ngoài danh sách",
      listed.length ? day(listed.at(-1).on) : "",
      exits.length ? `${exitName(exits.at(-1))}, ${day(exits.at(-1).on)}` : each.on_list ? "đang trong danh sách" : "",
    ];
  });
  place.replaceChildren(scrolling("Các hồ sơ", table(`${number(told.cases.length)} hồ sơ`,
    ["Mã hồ sơ", "Tiêu chuẩn", "Vào danh sách", "Kết quả"], rows, { captionShown: true })));
}

async function fillCase(body, each) {
  const told = await ask(`cases/${encodeURIComponent(each.case_id)}`);
  const place = told.organization_path.at(-1);
  const where = place ? await ask("organizations", { organization: place }) : null;
  const names = where ? [...where.above, where.organization].filter(Boolean).map((one) => one.name) : [];
  body.replaceChildren(...[
    element("dl", {},
      element("dt", {}, "Mã hồ sơ"), element("dd", { class: "code" }, told.case_id),
      element("dt", {}, "Mã đảng viên"), element("dd", { class: "code" }, told.member_id),
      element("dt", {}, "Nơi sinh hoạt"), element("dd", {}, names.join(" › ") || "không rõ"),
      told.historical ? [element("dt", {}, "Nguồn"), element("dd", {}, "Nhập từ hồ sơ cũ")] : []),
    element("h3", {}, "Các bước"),
    element("ol", { class: "steps" }, told.events.map((step) => element("li", {},
      element("time", { datetime: step.on }, day(step.on)), " ", eventName(step.event), said(step.data)))),
    element("p", { class: "hint" }, `Số liệu lúc ${instant(told.as_of)}. Lượt xem này đã được ghi vào nhật ký.`),
  ]);
}

function said(data) {
  if (data.reached === true) return ": đạt tỷ lệ";
  if (data.reached === false) return ": không đạt tỷ lệ";
  if (data.agrees === false) return ": không đồng ý";
  if (data.criterion) return ` (${criterion(data.criterion)})`;
  if (data.until) return ` đến ${day(data.until)}`;
  return "";
}

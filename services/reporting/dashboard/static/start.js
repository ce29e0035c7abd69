// Puts the page together: sign in, ask, show.

import { ask } from "./api.js";
import * as charts from "./charts.js";
import * as deadlines from "./deadlines.js";
import * as drill from "./drill.js";
import { byId, element } from "./elements.js";
import * as funnel from "./funnel.js";
import * as glance from "./glance.js";
import * as notes from "./notes.js";
import * as organizations from "./organizations.js";
import { Problem, problemOf, problemShown } from "./problems.js";
import * as question from "./question.js";
import * as rounds from "./rounds.js";
import * as session from "./session.js";
import * as stages from "./stages.js";
import * as theme from "./theme.js";
import * as trend from "./trend.js";
import { day, learn, number } from "./words.js";

const PANELS = { glance, trend, funnel, organizations, stages, deadlines, rounds, notes };
let settings = null;
let turn = 0;

async function start() {
  theme.begin(charts.redraw);
  drill.begin();
  try {
    const answer = await fetch("/api/reporting/dashboard/settings.json").catch(() => { throw Problem.unreachable(); });
    if (!answer.ok) throw await problemOf(answer);
    settings = await answer.json();
    learn(settings.words);
    byId("khoi-name").textContent = settings.khoi_name;
    listen();
    if (settings.sign_in) await session.finish(settings.sign_in);
  } catch (problem) {
    if (settings) signIn(problem);
    else byId("problem").replaceChildren(problemShown(problem, () => location.reload()));
    return;
  }
  if (session.token()) await show();
  else signIn();
}

function listen() {
  byId("by-token").addEventListener("submit", (event) => {
    event.preventDefault();
    session.keep(byId("token").value);
    byId("token").value = "";
    show();
  });
  byId("to-provider").addEventListener("click", () => session.begin(settings.sign_in).catch(signIn));
  byId("sign-out").addEventListener("click", () => {
    session.forget();
    byId("drill").close();
    signIn();
  });
  byId("print").addEventListener("click", () => window.print());
  byId("period").addEventListener("change", () => { byId("range").hidden = byId("period").value !== "range"; });
  byId("question").addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = question.fromForm();
    if (asked) go(question.addressOf(asked));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-go]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(link.getAttribute("href"));
  });
  window.addEventListener("popstate", show);
  window.addEventListener("beforeprint", forPaper);
  window.addEventListener("afterprint", forScreen);
}

function go(address) {
  history.pushState(null, "", address);
  show().then(() => { byId("content").focus({ preventScroll: true }); scrollTo(0, 0); });
}

function signIn(problem = null) {
  turn += 1;
  document.title = "Đăng nhập · Bảng tổng hợp sàng lọc đảng viên";
  byId("board").hidden = true;
  byId("sign-out").hidden = true;
  byId("print").hidden = true;
  byId("sign-in").hidden = false;
  byId("by-provider").hidden = !settings.sign_in;
  byId("by-token").hidden = !settings.by_token;
  byId("by-token").querySelector("button").classList.toggle("primary", !settings.sign_in);
  byId("problem").replaceChildren(...(problem ? [problemShown(problem)] : []));
  byId(settings.sign_in ? "to-provider" : "token").focus();
}

// The answers of one view; each operation is asked once, whichever panels show it.
function answers(asked, organization) {
  const kept = new Map();
  const once = (path, query) => () => {
    if (!kept.has(path)) {
      kept.set(path, ask(path, query()).catch((problem) => {
        kept.delete(path);
        throw problem;
      }));
    }
    return kept.get(path);
  };
  const whole = () => question.queryOf(asked);
  return {
    question: asked,
    organization,
    report: once("screening-report", whole),
    trend: once("trend", () => ({ organization: asked.organization, until: asked.until, as_of: asked.as_of })),
    funnel: once("funnel", whole),
    figures: once("organizations/figures", whole),
    pipeline: once("pipeline", whole),
  };
}

async function show() {
  turn += 1;
  const mine = turn;
  byId("sign-in").hidden = true;
  byId("problem").replaceChildren();
  byId("board").setAttribute("aria-busy", "true");
  try {
    const asked = question.asked();
    const topmost = await ask("organizations");
    if (!asked.organization) asked.organization = topmost.items[0]?.organization_id ?? "";
    if (!asked.organization) {
      throw new Problem(404, "Chưa có tổ chức nào để xem", "Hệ thống chưa nhận dữ liệu tổ chức, hoặc vai trò không thuộc tổ chức nào.");
    }
    if (!asked.period && !asked.from) asked.period = question.quarterOf(topmost.as_of);
    const told = await ask("organizations", { organization: asked.organization });
    if (mine !== turn) return;
    const organization = told.organization ?? { organization_id: asked.organization, name: asked.organization };
    head(told, organization, topmost, asked);
    byId("board").hidden = false;
    byId("sign-out").hidden = false;
    byId("print").hidden = false;
    const view = answers(asked, organization);
    const report = await view.report();
    if (mine !== turn) return;
    asked.label = report.period.label;
    asked.until = report.period.to < topmost.as_of ? report.period.to : topmost.as_of;
    said(report);
    await Promise.all(Object.entries(PANELS).map(([id, panel]) => fill(id, panel, view, mine)));
  } catch (problem) {
    if (mine === turn) failed(problem);
  } finally {
    if (mine === turn) byId("board").removeAttribute("aria-busy");
  }
}

async function fill(id, panel, view, mine) {
  const place = byId(id).querySelector(".panel");
  try {
    await panel.show(place, view);
  } catch (problem) {
    if (mine !== turn) return;
    if (problem.status === 401) throw problem;
    place.replaceChildren(problemShown(problem, () => fill(id, panel, view, mine).catch(failed)));
  }
}

function failed(problem) {
  if (problem.status === 401) {
    session.forget();
    signIn(problem);
    return;
  }
  for (const id of Object.keys(PANELS)) byId(id).querySelector(".panel").replaceChildren();
  byId("problem").replaceChildren(problemShown(problem, show));
  byId("sign-out").hidden = !session.token();
}

function head(told, organization, topmost, asked) {
  document.title = `${organization.name} · Bảng tổng hợp sàng lọc đảng viên`;
  byId("organization-name").textContent = organization.name;
  byId("organization-size").textContent = told.organization
    ? [told.organization.level_name, `${number(told.organization.members)} đảng viên`,
      told.organization.organizations ? `${number(told.organization.organizations)} tổ chức cấp dưới` : null,
      "(hiện nay)"].filter(Boolean).join(" · ").replace(" · (", " (")
    : "Tổ chức đã giải thể hoặc sáp nhập";
  byId("above").replaceChildren(...(told.above.length
    ? [element("ol", {}, told.above.map((each) => element("li", {}, element("a", {
      href: question.addressOf({ ...asked, organization: each.organization_id }), "data-go": true,
    }, each.name))))]
    : []));
  question.fillOrganizations({ ...told, organization }, topmost.items);
  byId("organization").value = asked.organization;
  question.fillPeriods(topmost.as_of, asked);
}

function said(report) {
  const { label, from, to } = report.period;
  byId("asked").textContent =
    `${label} (${day(from)} – ${day(to)}), số liệu biết đến hết ngày ${day(report.as_of)}`;
}

let folded = [];

// Paper is light and shows what is folded away.
function forPaper() {
  folded = [...document.querySelectorAll("#board details:not([open])")];
  for (const each of folded) each.open = true;
  document.documentElement.dataset.paper = "";
  charts.redraw();
}

function forScreen() {
  for (const each of folded) each.open = false;
  delete document.documentElement.dataset.paper;
  charts.redraw();
}

start();

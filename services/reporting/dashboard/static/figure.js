// A figure: a number that opens to what is behind it, or the sign that it is kept back.

import { open } from "./drill.js";
import { element } from "./elements.js";
import { figureName, number, WITHHELD_SIGN } from "./words.js";

export const keptBack = (why) =>
  element("span", { class: "kept-back", title: why },
    WITHHELD_SIGN, element("span", { class: "unseen" }, " (không hiện số liệu, xem lý do trong mục này)"));

// Of 0 there is nothing to open. `what`: key, value, organization {organization_id, name}, question, source (whose figure: "report", "funnel", "pipeline").
export function figure(what) {
  const text = number(what.value);
  if (what.value === 0) return element("span", { "data-figure": what.key }, text);
  return element("button", {
    type: "button",
    class: "figure",
    "data-figure": what.key,
    "aria-label": `${text}, ${figureName(what.key, what.source)}, ${what.organization.name}: mở chi tiết`,
    "aria-haspopup": "dialog",
    onclick: () => open(what),
  }, text);
}

export const reason = (why) => (why ? element("p", { class: "reason" }, why) : null);

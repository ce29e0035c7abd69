// Light, dark, or as the machine is set. The choice is kept; it says nothing about anybody.

import { byId } from "./elements.js";

const KEPT = "khoi.theme";
const machine = matchMedia("(prefers-color-scheme: dark)");

function apply(choice) {
  if (choice === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
}

export function begin(changed) {
  const select = byId("theme");
  select.value = localStorage.getItem(KEPT) ?? "auto";
  apply(select.value);
  select.addEventListener("change", () => {
    localStorage.setItem(KEPT, select.value);
    apply(select.value);
    changed();
  });
  machine.addEventListener("change", changed);
}

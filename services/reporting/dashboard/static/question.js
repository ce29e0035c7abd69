// What is asked: organisation, period, day of knowledge. It stands in the address, so that it can be sent and gone back to.

import { byId, element } from "./elements.js";
import { day, isoDay, words } from "./words.js";

const NAMES = ["organization", "period", "from", "to", "as_of"];
const ROMAN = ["I", "II", "III", "IV"];
const QUARTERS = 8;
const YEARS = 6;

export function asked() {
  const given = new URLSearchParams(location.search);
  return Object.fromEntries(NAMES.map((name) => [name, given.get(name) ?? ""]));
}

export function addressOf(question) {
  const address = new URLSearchParams();
  for (const name of NAMES) if (question[name]) address.set(name, question[name]);
  return `?${address}`;
}

export const quarterOf = (iso) => `${iso.slice(0, 4)}-Q${Math.ceil(Number(iso.slice(5, 7)) / 3)}`;

// The query of an operation: everything of the question that is set.
export const queryOf = (question) => Object.fromEntries(NAMES.map((name) => [name, question[name]]));

function periods(today) {
  const year = Number(today.slice(0, 4));
  let quarter = Math.ceil(Number(today.slice(5, 7)) / 3);
  let of = year;
  const quarters = [];
  for (let count = 0; count < QUARTERS; count += 1) {
    quarters.push([`${of}-Q${quarter}`, `Quý ${ROMAN[quarter - 1]}/${of}`]);
    quarter -= 1;
    if (quarter === 0) [quarter, of] = [4, of - 1];
  }
  const years = Array.from({ length: YEARS }, (_, back) => year - back);
  return [
    ["Quý", quarters],
    ["6 tháng", years.slice(0, 3).flatMap((each) => [
      [`${each}-H2`, `6 tháng cuối năm ${each}`], [`${each}-H1`, `6 tháng đầu năm ${each}`],
    ])],
    ["Năm", years.map((each) => [`${each}`, `Năm ${each}`])],
    ["Nhiệm kỳ", words().terms.toReversed().map((id) => [`term:${id}`, `Nhiệm kỳ ${id}`])],
    ["Khác", [["range", "Từ ngày … đến ngày …"]]],
  ];
}

const options = (pairs) => pairs.map(([value, text]) => element("option", { value }, text));

export function fillPeriods(today, question) {
  const select = byId("period");
  const groups = periods(today);
  const known = groups.some(([, pairs]) => pairs.some(([value]) => value === question.period));
  if (question.period && !known) groups.unshift(["Đang xem", [[question.period, question.period]]]);
  select.replaceChildren(...groups.map(([label, pairs]) => element("optgroup", { label }, options(pairs))));
  select.value = question.period || "range";
  byId("range").hidden = select.value !== "range";
  byId("from").value = day(question.from);
  byId("to").value = day(question.to);
  byId("as-of").value = day(question.as_of);
}

export function fillOrganizations(told, topmost) {
  const pair = (each) => [each.organization_id, each.name];
  const own = told.organization ? [pair(told.organization)] : [];
  const groups = [
    ["Đang xem", own],
    ["Cấp trên", told.above.map(pair)],
    ["Trực thuộc", told.items.map(pair)],
    ["Phạm vi được giao", topmost.map(pair)],
  ];
  const seen = new Set();
  byId("organization").replaceChildren(...groups.map(([label, pairs]) => {
    const fresh = pairs.filter(([value]) => !seen.has(value) && seen.add(value));
    return fresh.length ? element("optgroup", { label }, options(fresh)) : null;
  }).filter(Boolean));
}

// Reads the form; null, with the field marked, when a day cannot be read.
export function fromForm() {
  const period = byId("period").value;
  const isRange = period === "range";
  const days = {};
  for (const [name, id, needed] of [["from", "from", isRange], ["to", "to", isRange], ["as_of", "as-of", false]]) {
    const field = byId(id);
    const text = field.value.trim();
    const wanted = name === "as_of" || isRange;
    days[name] = wanted && text ? isoDay(text) : "";
    field.setCustomValidity(
      wanted && (days[name] === null || (needed && !text)) ? "Hãy ghi ngày có thật, dạng dd/mm/yyyy." : "");
    if (!field.reportValidity()) return null;
  }
  return { organization: byId("organization").value, period: isRange ? "" : period, ...days };
}

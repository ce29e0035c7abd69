// Vietnamese for numbers, dates and codes. The labels themselves come with settings.json.

const NUMBER = new Intl.NumberFormat("vi-VN");
const INSTANT = new Intl.DateTimeFormat("vi-VN", {
  timeZone: "Asia/Ho_Chi_Minh", day: "2-digit", month: "2-digit", year: "numeric",
  hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

export const WITHHELD_SIGN = "ẩn";

let labels = null;

export function learn(words) {
  labels = words;
}

export const words = () => labels;

export const number = (value) => NUMBER.format(value);

export const signed = (value) => (value > 0 ? `+${NUMBER.format(value)}` : NUMBER.format(value).replace("-", "−"));

// 2023-10-12 → 12/10/2023, without any time zone.
export function day(iso) {
  if (!iso) return "";
  const [year, month, date] = iso.split("-");
  return `${date}/${month}/${year}`;
}

export const instant = (iso) => {
  const parts = Object.fromEntries(INSTANT.formatToParts(new Date(iso)).map((part) => [part.type, part.value]));
  return `${parts.day}/${parts.month}/${parts.year} ${parts.hour}:${parts.minute}`;
};

// 12/10/2023 → 2023-10-12; null for what is no day.
export function isoDay(text) {
  const match = /^\s*(\d{1,2})\/(\d{1,2})\/(\d{4})\s*$/.exec(text);
  if (!match) return null;
  const iso = `${match[3]}-${match[2].padStart(2, "0")}-${match[1].padStart(2, "0")}`;
  const known = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(known.getTime()) && known.toISOString().startsWith(iso) ? iso : null;
}

const code = (codes, value) => (value === "unspecified" || !value ? "không ghi" : codes[value] ?? value);

const CODES = { by_criterion: "criteria", by_mode: "modes", by_ground: "grounds", by_reason: "other_reasons" };

// `listed.by_criterion.C1` is a part of `listed`, named by its code.
export function figureName(key, source = "report") {
  const part = /^(.+)\.(by_[a-z]+)\.(.+)$/.exec(key);
  if (source === "report" && part) return `${labels.figures[part[1]]}: ${code(labels[CODES[part[2]]], part[3])}`;
  return { report: labels.figures, funnel: labels.funnel, pipeline: labels.pipeline }[source][key] ?? key;
}

export const criterion = (value) => {
  const said = code(labels.criteria, value);
  return said === value || said === "không ghi" ? said : `${value}: ${said}`;
};

export const eventName = (name) => labels.events[name] ?? name;

// Within a sentence; Đảng keeps its capital wherever it stands.
export const within = (said) => said[0].toLowerCase() + said.slice(1);

export function exitName(exit) {
  const said = labels.exits[exit.kind] ?? exit.kind;
  if (exit.kind === "removed") return `${said} (${within(code(labels.modes, exit.mode))})`;
  if (exit.kind === "other") return `${said} (${within(code(labels.other_reasons, exit.reason))})`;
  return said;
}

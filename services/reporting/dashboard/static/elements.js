// Elements are made one by one: no text ever becomes markup.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

export const byId = (id) => document.getElementById(id);

// A table with a caption for who cannot see where it stands; rows are arrays of cells, the first heads its row.
export function table(caption, headings, rows, { captionShown = false, foot = [] } = {}) {
  const line = (cells) =>
    element("tr", {}, cells.map((cell, place) => {
      const inside = cell instanceof Node ? cell : document.createTextNode(cell);
      return place === 0 ? element("th", { scope: "row" }, inside) : element("td", {}, inside);
    }));
  return element("table", {},
    element("caption", { class: captionShown ? null : "unseen" }, caption),
    element("thead", {}, element("tr", {}, headings.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, rows.map(line)),
    foot.length ? element("tfoot", {}, foot.map(line)) : null);
}

// What is wider than a phone scrolls in a region of its own, which the keyboard reaches.
export function scrolling(label, inside) {
  return element("div", { class: "scrolling", role: "region", "aria-label": label, tabindex: "0" }, inside);
}

export function folded(summary, ...inside) {
  return element("details", {}, element("summary", {}, summary), inside);
}

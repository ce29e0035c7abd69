// Charts repeat what the tables beside them say, for the eye only; colours come from the style sheet.

import { element } from "./elements.js";
import { number } from "./words.js";

const drawn = new Map();

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function options(wanted, colors) {
  const scale = (own = {}) => ({
    grid: { color: colors.grid },
    border: { color: colors.grid },
    ...own,
    ticks: { color: colors.text, precision: 0, ...own.ticks },
  });
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    locale: "vi-VN",
    indexAxis: wanted.across ? "y" : "x",
    scales: {
      x: scale({ stacked: wanted.stacked, beginAtZero: true, grid: { display: Boolean(wanted.across), color: colors.grid } }),
      y: scale({ stacked: wanted.stacked, beginAtZero: true, grid: { display: !wanted.across, color: colors.grid } }),
    },
    plugins: {
      legend: {
        display: wanted.series.length > 1,
        position: "bottom",
        labels: { color: colors.text, usePointStyle: true, boxHeight: 8, padding: 14 },
      },
      tooltip: {
        callbacks: {
          label: (point) => ` ${point.dataset.label}: ${number(wanted.across ? point.parsed.x : point.parsed.y)}`,
        },
      },
    },
  };
}

function dataset(series) {
  const paint = Array.isArray(series.color) ? series.color.map(color) : color(series.color);
  const common = { label: series.name, data: series.values, backgroundColor: paint, borderColor: paint };
  return series.line
    ? { ...common, type: "line", borderWidth: 2, pointRadius: 3, pointStyle: "rect", borderDash: [6, 3], order: 0 }
    : { ...common, type: "bar", maxBarThickness: 26, borderRadius: 2, order: 1 };
}

function draw(canvas, wanted) {
  drawn.get(canvas)?.chart.destroy();
  const colors = { text: color("--text"), grid: color("--line") };
  window.Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const chart = new window.Chart(canvas, {
    type: "bar",
    data: { labels: wanted.labels, datasets: wanted.series.map(dataset) },
    options: options(wanted, colors),
  });
  drawn.set(canvas, { chart, wanted });
}

// A picture of what `said` says in words. `wanted`: labels, series (name, values, color, line), across, stacked.
export function chart(place, said, wanted) {
  const canvas = element("canvas", { role: "img", "aria-label": said });
  const size = wanted.across ? `rows-${Math.min(wanted.labels.length, 10)}` : "";
  place.append(element("div", { class: `chart ${size}` }, canvas));
  draw(canvas, wanted);
}

export function redraw() {
  for (const [canvas, { chart: old, wanted }] of drawn) {
    if (canvas.isConnected) draw(canvas, wanted);
    else {
      old.destroy();
      drawn.delete(canvas);
    }
  }
}

export function fitted() {
  for (const { chart: each } of drawn.values()) each.resize();
}

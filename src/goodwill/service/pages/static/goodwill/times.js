// Scripts are plain files that share the name `goodwill`: an import could not carry the mark of a file's bytes.
// Keeps "4 minutes ago" and "41 minutes left" true while the page stays open. The words are those of figures.py.

(() => {
"use strict";

function span(hours) {
  for (const [size, unit, most] of [[1 / 60, "minute", 60], [1, "hour", 48], [24, "day", 60]]) {
    const number = Math.round(Math.abs(hours) / size);
    if (number < most) return `${number} ${unit}${number === 1 ? "" : "s"}`;
  }
  return `${Math.round(Math.abs(hours) / 168)} weeks`;
}

function tell(root = document) {
  const now = Date.now();
  for (const time of root.querySelectorAll("time[data-ago], time[data-left]")) {
    const seconds = (Date.parse(time.dateTime) - now) / 1000;
    let words;
    if ("ago" in time.dataset) words = -seconds < 45 ? "just now" : `${span(seconds / 3600)} ago`;
    else {
      words = `${span(seconds / 3600)} ${seconds >= 0 ? "left" : "late"}`;
      time.closest(".left")?.classList.toggle("late", seconds < 0);
    }
    if (time.textContent !== words) time.textContent = words;
  }
}

setInterval(tell, 15_000);
window.goodwill = Object.assign(window.goodwill ?? {}, { tell });
})();

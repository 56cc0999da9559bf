// A list of rows, one of them in hand: j and k move, Enter opens, Esc closes and gives the focus back to the row.
// The list is [data-rows], each row [data-row] with its key; the row in hand has aria-current.

(() => {
"use strict";

const list = () => document.querySelector("[data-rows]");
const rows = () => [...(list()?.querySelectorAll("[data-row]") ?? [])].filter((row) => row.checkVisibility());

const current = () => document.querySelector("[data-row][aria-current]");

function choose(row, { focus = true } = {}) {
  if (!row) return;
  for (const other of document.querySelectorAll("[data-row][aria-current]")) {
    if (other !== row) other.removeAttribute("aria-current");
  }
  row.setAttribute("aria-current", "true");
  if (focus) {
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
}

function move(by) {
  const all = rows();
  if (!all.length) return;
  const place = all.indexOf(current());
  choose(all[place < 0 ? 0 : Math.min(all.length - 1, Math.max(0, place + by))]);
}

const detail = (row) => row?.querySelector(".detail");
const isOpen = (row) => Boolean(detail(row)?.childElementCount || row?.querySelector("details.why[open]"));

function open(row) {
  const why = row.querySelector("details.why");
  if (why) why.open = true;
  const more = row.querySelector("[data-open]");
  if (more && window.htmx) more.click();
}

function close(row) {
  if (!row) return;
  detail(row)?.replaceChildren();
  const why = row.querySelector("details.why");
  if (why) why.open = false;
  choose(row);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest?.("input, textarea, select")) return;
  if (event.key === "j" || event.key === "k") { event.preventDefault(); move(event.key === "j" ? 1 : -1); }
  if (event.key === "Enter" && event.target.matches?.("[data-row], body")) {
    const row = current();
    if (!row) return;
    event.preventDefault();
    if (isOpen(row)) close(row); else open(row);
  }
});

document.addEventListener("goodwill:close", () => {
  const row = current();
  if (isOpen(row)) close(row);
});

document.addEventListener("click", (event) => {
  const leave = event.target.closest?.("[data-close]");
  const row = event.target.closest?.("[data-row]");
  if (leave && row) { event.preventDefault(); close(row); return; }
  if (row && row !== current()) choose(row, { focus: false });
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (row && row !== current()) choose(row, { focus: false });
});

// What was opened takes the focus: the first field of a form, so that typing goes there at once.
document.addEventListener("htmx:afterSwap", (event) => {
  for (const place of [event.detail.target, event.detail.elt]) {
    const first = place?.querySelector?.("[data-first]");
    if (first) { first.focus(); return; }
  }
});

// A row that left takes the next one in hand; a row that was written anew stays in hand.
let place = 0;
document.addEventListener("htmx:beforeSwap", () => { place = Math.max(0, rows().indexOf(current())); });
document.addEventListener("htmx:afterSettle", () => {
  if (current() || !list()) return;
  const all = rows();
  choose(all[Math.min(place, all.length - 1)]);
});

if (list() && !current()) choose(rows()[0], { focus: false });
if ("one" in (list()?.dataset ?? {})) document.querySelector("[data-first]")?.focus();
window.goodwill = Object.assign(window.goodwill ?? {}, { choose, current, close });
})();

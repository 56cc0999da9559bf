// Keeps Now true: asks every few seconds whether anything changed (304: nothing), and lays what came into the page row
// by row. A row keeps its element, so the row in hand, an open form and a half-written answer stay as they are.

(() => {
"use strict";

const { choose, current, tell } = window.goodwill;
const box = document.getElementById("fresh");
const every = 1000 * Number(box?.dataset.every ?? 4);
let mark = "";
let asking = null;

const busy = (row) => row.contains(document.activeElement) && document.activeElement !== row
  || Boolean(row.querySelector(".detail")?.childElementCount) || Boolean(row.querySelector("details[open]"));

function address() {
  const url = new URL(box.dataset.fresh, location.href);
  const open = document.querySelector("[data-row][aria-current]");
  if (open && busy(open)) url.searchParams.set("open", open.dataset.row);
  return url;
}

function refresh() {
  asking ??= ask().finally(() => { asking = null; });
  return asking;
}

async function ask() {
  if (document.hidden) return;
  try {
    const answer = await fetch(address(), { headers: { "HX-Request": "true", ...(mark && { "If-None-Match": mark }) }, cache: "no-store" });
    if (answer.status === 200) {
      mark = answer.headers.get("ETag") ?? "";
      lay(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } else if (answer.status === 401) location.reload();
  } catch {
    // The line is down for a moment: the next turn asks again.
  }
}

function lay(came) {
  const part = (root, name) => root.querySelector(`:scope [data-part="${name}"]`);
  for (const name of ["title", "foot"]) swap(part(box, name), part(came, name));
  const count = came.querySelector("h1")?.textContent.match(/[\d,+]+/)?.[0];
  if (count) {
    document.title = document.title.replace(/[\d,+]+/, count);
    const shown = document.getElementById("count-now");
    if (shown && !location.search) shown.textContent = count;
  }
  const kept = new Map([...box.querySelectorAll("[data-row]")].map((row) => [row.dataset.row, row]));
  const place = [...kept.values()].indexOf(current());
  for (const group of came.querySelectorAll("[data-group]")) {
    const mine = box.querySelector(`[data-group="${group.dataset.group}"]`);
    order(mine.querySelector(".rows"), [...group.querySelectorAll("[data-row]")].map((fresh) => {
      const row = kept.get(fresh.dataset.row);
      kept.delete(fresh.dataset.row);
      return row ? renew(row, fresh) : adopt(fresh);
    }));
    mine.hidden = group.hidden;
  }
  for (const row of kept.values()) leave(row);
  for (const group of box.querySelectorAll("[data-group]")) group.hidden = !group.querySelector("[data-row]");
  if (!current()) {
    const rows = [...box.querySelectorAll("[data-row]")];
    choose(rows[Math.max(0, Math.min(place, rows.length - 1))], { focus: false });
  }
  tell(box);
}

const adopt = (node) => {
  const row = document.importNode(node, true);
  window.htmx?.process(row);
  return row;
};

function swap(old, fresh) {
  if (old && fresh && old.innerHTML !== fresh.innerHTML) old.replaceChildren(...document.importNode(fresh, true).childNodes);
}

function renew(row, fresh) {
  if (row.dataset.version === fresh.dataset.version) return row;
  row.dataset.version = fresh.dataset.version;
  for (const name of ["head", "said", "presence", "stake"]) {
    const old = row.querySelector(`[data-part="${name}"]`);
    if (!old?.contains(document.activeElement)) swap(old, fresh.querySelector(`[data-part="${name}"]`));
  }
  if (!busy(row)) {
    const under = row.querySelector(".under");
    swap(under, fresh.querySelector(".under"));
    window.htmx?.process(under);
  }
  return row;
}

// Rows take their order around the one that has the focus: to move that one would take the focus away.
function order(list, rows) {
  const anchor = rows.find((row) => row.parentNode === list && row.contains(document.activeElement));
  const split = anchor ? rows.indexOf(anchor) : rows.length;
  rows.slice(0, split).reverse().reduce((next, row) => {
    if (row.nextElementSibling !== next || row.parentNode !== list) list.insertBefore(row, next);
    return row;
  }, anchor ?? null);
  rows.slice(split + 1).reduce((before, row) => {
    if (before.nextElementSibling !== row) before.after(row);
    return row;
  }, anchor);
}

// Gone from Now. Where somebody is writing it stays, and says so.
function leave(row) {
  if (!busy(row) || !row.querySelector("form.act-form textarea, form.act-form input:not([type=hidden])")) {
    row.remove();
    return;
  }
  const presence = row.querySelector('[data-part="presence"]');
  if (!presence.querySelector(".gone")) {
    const words = document.createElement("p");
    words.className = "notice gone";
    words.textContent = "It has left Now meanwhile: somebody answered or closed it. What you wrote is still here.";
    presence.replaceChildren(words);
  }
}

// What is being asked may have been answered before the deed: ask again after it.
document.addEventListener("deed-done", () => setTimeout(async () => { await asking; refresh(); }, 50));
document.addEventListener("visibilitychange", refresh);
if (box) setInterval(refresh, every);
window.goodwill.refresh = refresh;
})();

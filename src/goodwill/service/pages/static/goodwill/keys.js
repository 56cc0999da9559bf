// Single letters for acts. An element that carries data-key="r" is clicked by r: first inside the row in hand, then
// anywhere outside rows, in the page before its frame. Keys are dead inside fields; Ctrl or Cmd + Enter sends a form;
// Esc closes what is open and gives the focus back; ? lists all keys.

(() => {
"use strict";

const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const keys = document.getElementById("keys");

function target(key) {
  const named = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter((one) => one.checkVisibility());
  const row = document.querySelector("[data-row][aria-current]");
  const outside = named.filter((one) => !one.closest("[data-row]"));
  return named.find((one) => row?.contains(one)) ?? outside.find((one) => one.closest("main")) ?? outside[0];
}

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.(FIELDS);
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.form ?? event.target.closest?.("form");
    if (form) { event.preventDefault(); form.requestSubmit(); }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || keys?.open) return;
  if (event.key === "Escape") { document.dispatchEvent(new CustomEvent("goodwill:close", { detail: event.target })); return; }
  if (field) return;
  if (event.key === "?") { event.preventDefault(); keys?.showModal(); return; }
  if (event.key.length !== 1) return;
  const found = target(event.key);
  if (found) { event.preventDefault(); found.click(); }
});
})();

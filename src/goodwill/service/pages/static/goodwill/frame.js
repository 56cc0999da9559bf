// What every page does: tells the server the reader's zone, closes the words of what was just done.

(() => {
"use strict";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`zone=${zone}`)) {
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
}

const toasts = document.getElementById("toasts");
const LASTS = 12_000;

function fade(toast) {
  toast.dataset.shown = "1";
  if (!("fades" in toast.dataset)) { setTimeout(() => toast.remove(), 2 * LASTS); return; }
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
  setTimeout(leave, LASTS);
}

function tidy() {
  const shown = [...toasts.querySelectorAll(".toast")];
  shown.slice(0, -1).forEach((toast) => toast.remove());  // one at a time: the latest
  shown.filter((toast) => !toast.dataset.shown).forEach(fade);
}

if (toasts) {
  new MutationObserver(tidy).observe(toasts, { childList: true });
  tidy();
}
})();

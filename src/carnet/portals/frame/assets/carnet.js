/* Carnet works without this file. It counts down what ends, warns before an idle session ends, offers to stay, then leaves the page; it copies commands. */
"use strict";
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const said = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copié";
    setTimeout(() => { button.textContent = said; }, 2000);
  });
}
for (const place of document.querySelectorAll("[data-until]")) {
  const end = Date.parse(place.dataset.until);
  const tell = () => {
    const minutes = Math.max(0, Math.ceil((end - Date.now()) / 60000));
    place.textContent = ` (${place.dataset.words} ${minutes >= 60 ? `${Math.floor(minutes / 60)} h ` : ""}${minutes % 60} min)`;
    if (minutes > 0) setTimeout(tell, 20000);
  };
  tell();
}
(() => {
  const notice = document.getElementById("veille");
  if (!notice) return;
  const idle = Number(notice.dataset.idle) * 1000;
  const stay = document.getElementById("veille-rester");
  let before = null;
  let warning = 0;
  let leaving = 0;
  const arm = () => {
    clearTimeout(warning);
    clearTimeout(leaving);
    warning = setTimeout(() => {
      before = document.activeElement;
      notice.hidden = false;
      stay.focus();
    }, Math.max(0, idle - 120000));
    leaving = setTimeout(() => location.replace(notice.dataset.leave), idle + 5000);
  };
  stay.addEventListener("click", async () => {
    const answer = await fetch(stay.dataset.url, { credentials: "same-origin", cache: "no-store" });
    if (!answer.ok) {
      location.replace(notice.dataset.leave);
      return;
    }
    notice.hidden = true;
    if (before) before.focus();
    arm();
  });
  arm();
})();

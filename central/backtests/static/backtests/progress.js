// The bar of a running backtest; the page is loaded again when there is something to read.

const PAUSE_MS = 700;
const box = document.querySelector("[data-progress]");
const bar = box.querySelector("progress");
const words = box.querySelector("[role=status]");
const grouped = (number) => number.toLocaleString(document.documentElement.lang || undefined);

async function look() {
  let now;
  try {
    const answer = await fetch(box.dataset.progress, {credentials: "same-origin"});
    now = await answer.json();
  } catch {
    setTimeout(look, 5 * PAUSE_MS);
    return;
  }
  if (now.state !== "waiting" && now.state !== "running") {
    location.reload();
    return;
  }
  if (now.state === "waiting") {
    bar.removeAttribute("value");
    words.textContent = now.queued ? words.dataset.waiting : words.dataset.starting;
  } else {
    bar.max = Math.max(1, now.total);
    bar.value = now.done;
    words.textContent = words.dataset.running.replace("{done}", grouped(now.done)).replace("{total}", grouped(now.total));
  }
  setTimeout(look, PAUSE_MS);
}

look();

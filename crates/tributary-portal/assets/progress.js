// Keeps the state of reading up to date while the page can be seen, until everything has ended.

const EVERY_MS = 2000;
const SPOKEN_EVERY_MS = 10000;

const live = document.querySelector("[data-progress]");
const spoken = document.getElementById("progress-spoken");
let etag = "";
let spokenAt = 0;

function show(state) {
  for (const dataset of state.datasets) {
    const row = document.getElementById(`dataset-${dataset.connection}-${dataset.type}`);
    if (!row) continue;
    const badge = row.querySelector(".badge");
    badge.className = `badge ${dataset.class}`;
    badge.querySelector(".mark").textContent = dataset.mark;
    badge.querySelector(".word").textContent = dataset.word;
    const bar = row.querySelector("progress");
    bar.hidden = !dataset.active;
    bar.value = dataset.percent;
    row.querySelector("[data-percent]").textContent = dataset.active ? `${dataset.percent} %` : "";
    row.querySelector("[data-message]").textContent = dataset.message ?? "";
    if (dataset.records !== undefined) {
      row.querySelector("[data-records]").textContent = dataset.records;
    }
  }
}

function say(text) {
  spoken.textContent = text;
  spokenAt = Date.now();
}

async function look() {
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(live.dataset.progress, { headers: etag ? { "If-None-Match": etag } : {} });
      if (answer.status === 200) {
        etag = answer.headers.get("ETag") ?? "";
        const state = await answer.json();
        show(state);
        if (!state.active) {
          say("Reading has ended.");
          return;
        }
        if (Date.now() - spokenAt >= SPOKEN_EVERY_MS) say(state.summary);
      } else if (answer.status < 500 && answer.status !== 304) {
        say("The state can't be read any more. Reload the page.");
        return;
      }
    } catch {
      // The network is away for a moment, as the database may be: the next look may get through.
    }
  }
  setTimeout(look, EVERY_MS);
}

if (live) setTimeout(look, EVERY_MS);

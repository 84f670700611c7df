"use strict";
const watch = document.querySelector(".watch");
const player = document.querySelector("video");
const note = document.getElementById("elsewhere");
const head = document.querySelector(".head");
const strip = document.querySelector(".strip");
const length = strip ? Number(strip.dataset.length) : 0;
let playable = Boolean(player);

// A signed link opens this page alone: the video's own signature may stand behind the #.
function settleSource() {
  const isSigned = location.protocol.startsWith("http") && location.search.length > 1;
  if (!isSigned || player.dataset.given) return;
  const signature = new URLSearchParams(location.hash.slice(1)).get("master");
  const video = new URL("master.mp4", location.href);
  video.hash = "";
  if (signature) {
    video.search = signature;
    player.src = video.href;
    return;
  }
  playable = false;
  player.removeAttribute("src");
  player.controls = false;
  const place = document.getElementById("place");
  place.textContent = "heji link " + decodeURIComponent(video.pathname).slice(1);
  note.hidden = false;
}

function seek(at) {
  if (!player) return;
  if (!playable) {
    watch.scrollIntoView({behavior: "smooth", block: "center"});
    return;
  }
  if (!matchMedia("(min-width:1080px)").matches) watch.classList.add("floating");
  player.currentTime = at;
  player.play().catch(() => {});
}

function follow() {
  if (!head || !length) return;
  head.style.display = "block";
  head.style.setProperty("--at", Math.min(1, player.currentTime / length));
}

if (player) {
  settleSource();
  if (playable) player.preload = "metadata";
  player.addEventListener("error", () => { playable = false; note.hidden = false; });
  player.addEventListener("loadedmetadata", () => { playable = true; note.hidden = true; });
  player.addEventListener("timeupdate", follow);
  player.addEventListener("seeking", follow);
  document.querySelector(".shut").addEventListener("click", () => {
    player.pause();
    watch.classList.remove("floating");
  });
  // Players may not load a caption file from disk: the captions stand in the page already.
  const cues = document.querySelectorAll(".cues li");
  if (cues.length) {
    const track = player.addTextTrack("captions", "字幕", "zh");
    for (const cue of cues) {
      const text = cue.lastElementChild.innerText.replace(/&/g, "&amp;").replace(/</g, "&lt;");
      const [start, end] = [Number(cue.dataset.start), Number(cue.dataset.end)];
      if (end > start) track.addCue(new VTTCue(start, end, text));
    }
    track.mode = "showing";
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-at]");
    if (link) {
      event.preventDefault();
      seek(Number(link.dataset.at));
      return;
    }
    const lane = event.target.closest(".strip svg:not(.ticks)");
    if (lane && length) {
      const box = lane.getBoundingClientRect();
      seek(Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * length);
    }
  });
}
for (const picture of document.querySelectorAll(".finding img"))
  picture.addEventListener("click", () => picture.closest(".finding").classList.toggle("wide"));

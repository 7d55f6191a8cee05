// A line that moves over a piano roll while its audio plays: it finds both by the keys of their containers, and changes neither.
let known = null;
let line = null;

function follow() {
  const audio = known && document.querySelector(`.st-key-${known.within} audio`);
  const plot = known && document.querySelector(`.st-key-${known.within} [class*="st-key-${known.roll}"] .nsewdrag`);
  if (!audio || !plot || audio.paused || audio.ended) {
    line?.remove();
    line = null;
    return;
  }
  const box = plot.getBoundingClientRect();
  const share = (Math.min(known.beats, (audio.currentTime * known.tempo) / 60) + 0.1) / (known.beats + 0.2);
  if (!line) {
    line = document.createElement("div");
    line.className = "playhead";
    line.setAttribute("aria-hidden", "true");
    Object.assign(line.style, { position: "fixed", width: "3px", borderRadius: "2px", pointerEvents: "none", zIndex: 10 });
    document.body.append(line);
  }
  const shown = box.bottom > 60 && box.top < innerHeight;
  Object.assign(line.style, {
    left: `${box.left + share * box.width - 1}px`, top: `${box.top}px`, height: `${box.height}px`, background: known.hue,
    visibility: shown ? "visible" : "hidden",
  });
  requestAnimationFrame(follow);
}

function begun(event) {
  if (known && event.target.closest?.(`.st-key-${known.within}`)) requestAnimationFrame(follow);
}

export default function (component) {
  if (!known) document.addEventListener("play", begun, true); // media events do not bubble, but they can be caught on their way
  known = JSON.parse(new TextDecoder().decode(component.data));
}

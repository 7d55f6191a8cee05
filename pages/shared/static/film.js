// Plays the frames of a run: digits forming. Holds still for readers who asked for less motion.
const films = new WeakMap();

export default function (component) {
  const { parentElement, setStateValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector("#film");
  const image = root.querySelector("img");
  const play = root.querySelector("button");
  const scrub = root.querySelector("input");
  const step = root.querySelector("span");
  const old = films.get(parentElement);
  if (old) window.clearInterval(old.timer);
  // The server answers a pull of the scrubber with the place it was told before: that undoes no pull.
  const told = old ? old.told : new Set();
  const kept = told.size && (told.has(data.start) || old.start === data.start) ? data.steps.indexOf(old.step) : -1;
  const state = { at: data.frames.length - 1, timer: null, told, start: data.start, step: null };
  films.set(parentElement, state);

  root.classList.toggle("quiet", Boolean(data.quiet));
  image.alt = data.alt;
  scrub.max = String(data.frames.length - 1);
  scrub.setAttribute("aria-label", data.labels.step.replace("#", ""));

  const show = (index) => {
    state.at = index;
    state.step = data.steps[index];
    image.src = data.frames[index];
    scrub.value = String(index);
    step.textContent = data.labels.step.replace("#", data.steps[index]);
  };
  const stop = () => {
    window.clearInterval(state.timer);
    state.timer = null;
    play.textContent = data.labels.play;
  };
  const start = () => {
    play.textContent = data.labels.pause;
    state.timer = window.setInterval(() => {
      if (state.at < data.frames.length - 1) show(state.at + 1);
      else if (data.loop) {
        state.hold = (state.hold || 0) + 1;
        if (state.hold > 12) { state.hold = 0; show(0); }
      } else stop();
    }, data.interval);
  };
  play.onclick = () => {
    if (state.timer) return stop();
    if (state.at >= data.frames.length - 1) show(0);
    start();
  };
  scrub.oninput = () => { stop(); show(Number(scrub.value)); };
  scrub.onchange = () => { told.add(state.step); setStateValue("at", state.step); };
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const plays = data.autoplay && !still && kept < 0;
  if (kept >= 0) show(kept);
  else show(plays ? 0 : Math.max(0, data.steps.indexOf(data.start)));
  stop();
  if (plays) start();
  return () => window.clearInterval(state.timer);
}

// Plays how pictures were drawn, one pixel after another. Upper row: the pixels; lower row: the chance each had of being on.
// Holds still for readers who asked for less motion.
const scribes = new WeakMap();
const GUTTER = 2, PIXELS_A_TICK = 4, TICK = 40;
const TO_COME = [24, 26, 32], NOW = [251, 146, 60];

function bytes(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

export default function (component) {
  const { parentElement } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector("#scribe");
  const canvas = root.querySelector("canvas");
  const play = root.querySelector("button");
  const scrub = root.querySelector("input");
  const told = root.querySelector("span");
  const old = scribes.get(parentElement);
  if (old) window.clearInterval(old.timer);
  const [tall, wide] = data.shape, size = tall * wide;
  const pixels = bytes(data.pixels), chances = bytes(data.chances);
  const state = { at: size, timer: null };
  scribes.set(parentElement, state);

  canvas.width = data.n * (wide + GUTTER) - GUTTER;
  canvas.height = 2 * tall + GUTTER;
  canvas.setAttribute("aria-label", data.alt);
  scrub.max = String(size);
  scrub.setAttribute("aria-label", data.labels.pixel.replace("#", ""));
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(canvas.width, canvas.height);

  const put = (x, y, colour) => {
    const i = 4 * (y * canvas.width + x);
    [image.data[i], image.data[i + 1], image.data[i + 2], image.data[i + 3]] = [...colour, 255];
  };
  const show = (at) => {
    state.at = at;
    image.data.fill(0);
    for (let k = 0; k < data.n; k++) {
      for (let i = 0; i < size; i++) {
        const x = k * (wide + GUTTER) + (i % wide), y = Math.floor(i / wide);
        const on = 255 * pixels[k * size + i], chance = chances[k * size + i];
        put(x, y, i < at ? [on, on, on] : TO_COME);
        put(x, y + tall + GUTTER, i < at ? [chance, Math.round(0.62 * chance), Math.round(0.2 * chance)] : TO_COME);
        if (i === at) {
          put(x, y, NOW);
          put(x, y + tall + GUTTER, NOW);
        }
      }
    }
    pen.putImageData(image, 0, 0);
    scrub.value = String(at);
    told.textContent = data.labels.pixel.replace("#", at);
  };
  const stop = () => {
    window.clearInterval(state.timer);
    state.timer = null;
    play.textContent = data.labels.play;
  };
  const start = () => {
    if (state.at >= size) show(0);
    play.textContent = data.labels.pause;
    state.timer = window.setInterval(() => {
      show(Math.min(size, state.at + PIXELS_A_TICK));
      if (state.at >= size) stop();
    }, TICK);
  };
  play.onclick = () => (state.timer ? stop() : start());
  scrub.oninput = () => { stop(); show(Number(scrub.value)); };
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  show(still ? size : 0);
  stop();
  if (!still) start();
  return () => window.clearInterval(state.timer);
}

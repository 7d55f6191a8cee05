// The latent space as a map: every held-out picture a glyph of its class, and what the decoder makes of the place under the
// pointer, at once: the whole map was decoded beforehand, into one picture of many cells. A click pins the place.
const maps = new WeakMap();
const STEP = 0.15, GLIDE = 900;

function load(source) {
  const image = new Image();
  image.src = source;
  return image;
}

export default function (component) {
  const { parentElement, setStateValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector("#map");
  const canvas = root.querySelector("#sea");
  const context = canvas.getContext("2d");
  const [decoded, real] = root.querySelectorAll(".shown");
  const [decodedNote, realNote, place] = root.querySelectorAll("p");
  const own = maps.get(parentElement) || { at: null, lit: -1, behind: false };
  maps.set(parentElement, own);
  own.watch?.disconnect();
  window.cancelAnimationFrame(own.moving);
  const [left, right, bottom, top] = data.bounds;
  const pin = data.pin;

  const loaded = (name) => {
    if (own[name]?.src !== data[name]) {
      own[name] = data[name] ? load(data[name]) : null;
      if (own[name]) own[name].onload = () => draw();
    } else if (own[name]) own[name].onload = () => draw();
    return own[name];
  };
  const ready = (image) => image && image.complete && image.naturalWidth > 0;
  const toScreen = (x, y) => [((x - left) / (right - left)) * own.side, ((top - y) / (top - bottom)) * own.side];
  const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
  const theme = (name) => window.getComputedStyle(root).getPropertyValue(name).trim();
  const hue = (label) => data.colours[label % data.colours.length];

  // Places glide to where new weights put them: the map is seen to unfold.
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const glide = !still && own.x && own.x.length === data.x.length && own.x.some((x, i) => x !== data.x[i] || own.y[i] !== data.y[i]);
  const from = glide ? [own.x, own.y] : [data.x, data.y];
  [own.x, own.y] = [data.x, data.y];
  const move = (start) => (now) => {
    const share = clamp((now - start) / GLIDE, 0, 1), soft = share * share * (3 - 2 * share);
    own.x = data.x.map((x, i) => from[0][i] + soft * (x - from[0][i]));
    own.y = data.y.map((y, i) => from[1][i] + soft * (y - from[1][i]));
    draw();
    if (share < 1) own.moving = window.requestAnimationFrame(move(start));
    else [own.x, own.y] = [data.x, data.y];
  };

  const nearest = ([x, y]) => {
    let best = -1, least = Infinity;
    for (let i = 0; i < data.x.length; i++) {
      if (own.lit >= 0 && data.label[i] !== own.lit) continue;
      const far = (own.x[i] - x) ** 2 + (own.y[i] - y) ** 2;
      if (far < least) { least = far; best = i; }
    }
    return best;
  };

  const cell = (target, image, index, columns) => {
    const size = image.naturalWidth / columns;
    const inside = target.getContext("2d");
    target.width = target.height = Math.round(size);
    inside.drawImage(image, (index % columns) * size, Math.floor(index / columns) * size, size, size, 0, 0, size, size);
  };

  const preview = (at) => {
    const column = clamp(Math.floor(((at[0] - left) / (right - left)) * data.grid), 0, data.grid - 1);
    const row = clamp(Math.floor(((top - at[1]) / (top - bottom)) * data.grid), 0, data.grid - 1);
    const exact = own.exact && pin && at[0] === pin[0] && at[1] === pin[1];
    if (exact && ready(own.exact)) cell(decoded, own.exact, 0, 1);
    else if (ready(own.cells)) cell(decoded, own.cells, row * data.grid + column, data.grid);
    const other = data.x.length ? nearest(at) : -1;
    real.hidden = realNote.hidden = other < 0 || !data.pictures;
    if (other >= 0 && ready(own.pictures)) cell(real, own.pictures, other, data.columns);
    if (other >= 0) realNote.textContent = data.labels.real.replace("#", data.classes[data.label[other]] ?? "");
    place.textContent = data.labels.place.replace("#", `${at[0].toFixed(2)}, ${at[1].toFixed(2)}`);
    decoded.dataset.at = `${row},${column}`;
    return [row, column, other];
  };

  const mark = (x, y, colour, size) => {
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.strokeRect(x - size / 2, y - size / 2, size, size);
  };

  const draw = () => {
    const ratio = window.devicePixelRatio || 1;
    own.side = canvas.clientWidth;
    if (!own.side) return;
    canvas.width = canvas.height = Math.round(own.side * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const ink = theme("--st-text-color");
    context.fillStyle = own.behind ? "#000" : theme("--st-secondary-background-color");
    context.fillRect(0, 0, own.side, own.side);
    if (own.behind && ready(own.cells)) {
      context.imageSmoothingEnabled = true;
      context.globalAlpha = 0.85;
      context.drawImage(own.cells, 0, 0, own.side, own.side);
      context.globalAlpha = 1;
    } else {
      context.strokeStyle = theme("--st-border-color");
      context.lineWidth = 1;
      const [x, y] = toScreen(0, 0);
      context.beginPath();
      context.moveTo(x, 0); context.lineTo(x, own.side); context.moveTo(0, y); context.lineTo(own.side, y);
      context.stroke();
    }
    if (!own.behind || own.lit >= 0) {
      const size = clamp(own.side / 46, 9, 13);
      context.font = `600 ${size}px ${theme("--st-font") || "sans-serif"}`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      for (let i = 0; i < data.x.length; i++) {
        const far = own.lit >= 0 && data.label[i] !== own.lit;
        if (far && own.behind) continue;
        context.globalAlpha = far ? 0.12 : 0.9;
        context.fillStyle = hue(data.label[i]);
        const [x, y] = toScreen(own.x[i], own.y[i]);
        context.fillText(data.glyphs[data.label[i]] ?? "•", x, y);
      }
      context.globalAlpha = 1;
    }
    const at = own.at || pin || data.guest || [0, 0];
    const [, , other] = preview(at);
    if (other >= 0 && data.pictures) mark(...toScreen(own.x[other], own.y[other]), theme("--st-text-color"), 14);
    if (data.guest) {
      const [x, y] = toScreen(data.guest[0], data.guest[1]);
      context.strokeStyle = theme("--st-primary-color");
      context.lineWidth = 3;
      context.beginPath();
      context.arc(clamp(x, 8, own.side - 8), clamp(y, 8, own.side - 8), 9, 0, 2 * Math.PI);
      context.stroke();
    }
    const [x, y] = toScreen(at[0], at[1]);
    context.strokeStyle = own.behind ? "#fff" : ink;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x - 12, y); context.lineTo(x + 12, y); context.moveTo(x, y - 12); context.lineTo(x, y + 12);
    context.stroke();
    if (pin) mark(...toScreen(pin[0], pin[1]), theme("--st-primary-color"), 18);
  };

  const where = (event) => {
    const box = canvas.getBoundingClientRect();
    return [
      clamp(left + ((event.clientX - box.left) / box.width) * (right - left), left, right),
      clamp(top - ((event.clientY - box.top) / box.height) * (top - bottom), bottom, top),
    ];
  };
  const tidy = (value) => Math.round(value * 100) / 100;
  const drop = (at) => setStateValue("pin", at.map(tidy));
  canvas.onpointermove = canvas.onpointerdown = (event) => { own.at = where(event); draw(); };
  canvas.onpointerleave = () => { own.at = null; draw(); };
  canvas.onclick = (event) => drop(where(event));
  canvas.onkeydown = (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const at = own.at || pin || data.guest || [0, 0];
    if (way) {
      own.at = [clamp(at[0] + STEP * way[0], left, right), clamp(at[1] + STEP * way[1], bottom, top)];
      draw();
    } else if (event.key === "Enter") drop(at);
    else return;
    event.preventDefault();
  };

  canvas.setAttribute("aria-label", data.labels.map);
  decoded.setAttribute("aria-label", data.labels.decoded);
  real.setAttribute("aria-label", data.labels.nearest);
  decodedNote.textContent = data.labels.decoded;
  const legend = root.querySelector("#legend");
  legend.setAttribute("aria-label", data.labels.legend);
  legend.replaceChildren();
  const toggle = (text, pressed, colour, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-pressed", String(pressed));
    if (colour) button.style.setProperty("--hue", colour);
    button.onclick = () => { act(); buttons(); draw(); };
    legend.append(button);
  };
  const buttons = () => {
    legend.replaceChildren();
    data.classes.forEach((name, i) => {
      const text = data.glyphs[i] === name ? name : `${data.glyphs[i]} ${name}`;
      toggle(text, own.lit === i, hue(i), () => { own.lit = own.lit === i ? -1 : i; });
    });
    toggle(data.labels.behind, own.behind, "", () => { own.behind = !own.behind; });
  };
  buttons();
  for (const name of ["cells", "pictures", "exact"]) loaded(name);
  own.watch = new ResizeObserver(() => draw());
  own.watch.observe(canvas);
  draw();
  if (glide) own.moving = window.requestAnimationFrame((now) => move(now)(now));
  return () => {
    own.watch.disconnect();
    window.cancelAnimationFrame(own.moving);
  };
}

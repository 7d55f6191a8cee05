// Points in the plane that move: frames of points, arrows and lines on one or more canvases, under one scrubber.
// Numbers come as thousandths. Every text is set as text, never as markup.
const planes = new WeakMap();
const SIZE = 420;

function painter(panel, view, hues) {
  const figure = document.createElement("div");
  figure.className = "panel";
  const canvas = document.createElement("canvas");
  const sharp = Math.min(2, window.devicePixelRatio || 1);
  canvas.width = canvas.height = SIZE * sharp;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", panel.alt);
  if (panel.title) {
    const title = document.createElement("div");
    title.className = "title";
    title.textContent = panel.title;
    figure.append(title);
  }
  figure.append(canvas);
  const ink = canvas.getContext("2d");
  const px = (x) => ((x / 1000 + view) / (2 * view)) * SIZE;
  const py = (y) => ((view - y / 1000) / (2 * view)) * SIZE;
  const dots = (points, hue, radius, alpha) => {
    ink.fillStyle = hue;
    ink.globalAlpha = alpha;
    for (let i = 0; i < points.length; i += 2) {
      ink.beginPath();
      ink.arc(px(points[i]), py(points[i + 1]), radius, 0, 6.2832);
      ink.fill();
    }
    ink.globalAlpha = 1;
  };
  const strokes = (lines, hue, alpha) => {
    ink.strokeStyle = hue;
    ink.globalAlpha = alpha;
    ink.lineWidth = 1;
    for (const line of lines) {
      ink.beginPath();
      for (let i = 0; i < line.length; i += 2) ink.lineTo(px(line[i]), py(line[i + 1]));
      ink.stroke();
    }
    ink.globalAlpha = 1;
  };
  const arrows = (flat, hue) => {
    ink.strokeStyle = hue;
    ink.globalAlpha = 0.75;
    ink.lineWidth = 1.3;
    for (let i = 0; i < flat.length; i += 4) {
      const [x, y, u, v] = [px(flat[i]), py(flat[i + 1]), (flat[i + 2] / 2000 / view) * SIZE, (-flat[i + 3] / 2000 / view) * SIZE];
      const angle = Math.atan2(v, u);
      ink.beginPath();
      ink.moveTo(x, y);
      ink.lineTo(x + u, y + v);
      for (const turn of [2.6, -2.6]) {
        ink.moveTo(x + u, y + v);
        ink.lineTo(x + u + 4 * Math.cos(angle + turn), y + v + 4 * Math.sin(angle + turn));
      }
      ink.stroke();
    }
    ink.globalAlpha = 1;
  };
  const backdrop = panel.image ? Object.assign(new Image(), { src: panel.image, alt: "" }) : null;
  const blend = (from, to, part) => from.map((value, i) => value + (to[i] - value) * part);
  const between = (frames, share, smooth) => {
    const place = share * (frames.length - 1);
    const low = Math.floor(place);
    if (!smooth || low >= frames.length - 1) return frames[Math.round(place)];
    const part = place - low;
    if (Array.isArray(frames[low][0])) return frames[low].map((line, i) => blend(line, frames[low + 1][i], part));
    return blend(frames[low], frames[low + 1], part);
  };
  const draw = (share) => {
    ink.setTransform(sharp, 0, 0, sharp, 0, 0);
    ink.fillStyle = "#000";
    ink.fillRect(0, 0, SIZE, SIZE);
    if (backdrop && backdrop.complete) {
      ink.imageSmoothingEnabled = true;
      ink.drawImage(backdrop, 0, 0, SIZE, SIZE);
    }
    if (panel.back) dots(panel.back, hues.back, 1, 0.45);
    if (panel.lines) strokes(between(panel.lines, share, true), hues.arrow, 0.55);
    if (panel.arrows) arrows(between(panel.arrows, share, false), hues.arrow);
    if (panel.points) {
      const now = between(panel.points, share, true);
      if (panel.trails) {
        const upto = Math.floor(share * (panel.points.length - 1));
        const trails = [];
        for (let i = 0; i < now.length; i += 2) {
          const trail = [];
          for (let k = 0; k <= upto; k++) trail.push(panel.points[k][i], panel.points[k][i + 1]);
          trail.push(now[i], now[i + 1]);
          trails.push(trail);
        }
        strokes(trails, hues.point, 0.28);
      }
      dots(now, hues.point, panel.trails ? 2.2 : 1.7, 0.85);
    }
    if (panel.mark) {
      const [x, y] = [px(panel.mark[0]), py(panel.mark[1])];
      ink.strokeStyle = "#fff";
      ink.lineWidth = 2;
      ink.beginPath();
      ink.arc(x, y, 8, 0, 6.2832);
      ink.moveTo(x - 13, y);
      ink.lineTo(x + 13, y);
      ink.moveTo(x, y - 13);
      ink.lineTo(x, y + 13);
      ink.stroke();
    }
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * 2 * view - view;
    const y = view - ((event.clientY - box.top) / box.height) * 2 * view;
    return [Math.round(x * 1000), Math.round(y * 1000)];
  };
  return { figure, canvas, draw, backdrop, place };
}

export default function (component) {
  const { parentElement, setStateValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector("#plane");
  const stage = root.querySelector(".stage");
  const bar = root.querySelector(".bar");
  const play = root.querySelector("button");
  const scrub = root.querySelector("input");
  const label = root.querySelector("span");
  const old = planes.get(parentElement);
  if (old) window.cancelAnimationFrame(old.timer);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const fresh = !old || old.id !== data.id;
  const state = { id: data.id, share: fresh ? (data.autoplay && !still ? 0 : data.start) : old.share, timer: 0, then: 0 };
  planes.set(parentElement, state);

  const painters = data.panels.map((panel) => painter(panel, data.view, data.hues));
  stage.classList.toggle("many", data.panels.length > 2);
  stage.replaceChildren(...painters.map((one) => one.figure));
  const moves = data.moments.length > 1;
  bar.hidden = !moves;
  scrub.setAttribute("aria-label", data.labels.scrub);

  const show = (share) => {
    state.share = share;
    scrub.value = String(share);
    const now = data.moments[Math.round(share * (data.moments.length - 1))] || "";
    label.textContent = now;
    scrub.setAttribute("aria-valuetext", now);
    for (const one of painters) one.draw(share);
  };
  for (const one of painters) if (one.backdrop) one.backdrop.onload = () => one.draw(state.share);
  const stop = () => {
    window.cancelAnimationFrame(state.timer);
    state.timer = 0;
    play.textContent = data.labels.play;
  };
  const tick = (now) => {
    const passed = state.then ? (now - state.then) / 1000 : 0;
    state.then = now;
    show(Math.min(1, state.share + passed / data.seconds));
    if (state.share >= 1) return stop();
    state.timer = window.requestAnimationFrame(tick);
  };
  const start = () => {
    play.textContent = data.labels.pause;
    state.then = 0;
    state.timer = window.requestAnimationFrame(tick);
  };
  play.onclick = () => {
    if (state.timer) return stop();
    if (state.share >= 1) show(0);
    start();
  };
  scrub.oninput = () => { stop(); show(Number(scrub.value)); };
  scrub.onchange = () => setStateValue("at", state.share);
  for (const one of painters) {
    one.canvas.classList.toggle("pick", Boolean(data.pick));
    one.canvas.onclick = data.pick ? (event) => setStateValue("point", one.place(event)) : null;
  }
  show(state.share);
  stop();
  if (moves && state.share < 1 && fresh && data.autoplay && !still) start();
  return () => window.cancelAnimationFrame(state.timer);
}

// A sheet to draw on with mouse, finger, pen or keys. What is handed over are 28 x 28 grey levels, on request scaled and centred
// as the digits of MNIST were: the longer side 20 pixels, the centre of mass in the middle. The strokes stay in this tab.
const SIDE = 280, PEN = 28, BOX = 200, GRID = 28, CELL = SIDE / GRID, MOVE = 10, MOST = 4000;
const HEART = 14.5; // where MNIST has its centre of mass: the middle of pixel 14, counted from 0
const sheets = new Map();

function sheet() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  return canvas;
}

function ink(context, strokes, place) {
  context.fillStyle = "#000";
  context.fillRect(0, 0, SIDE, SIDE);
  context.strokeStyle = context.fillStyle = "#fff";
  context.lineWidth = PEN;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    const points = stroke.map(place);
    context.beginPath();
    if (points.length === 1) {
      context.arc(points[0][0], points[0][1], PEN / 2, 0, 2 * Math.PI);
      context.fill();
      continue;
    }
    context.moveTo(points[0][0], points[0][1]);
    for (const [x, y] of points.slice(1)) context.lineTo(x, y);
    context.stroke();
  }
}

// The mean grey level of every cell of 10 x 10 points.
function shrink(context) {
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  const sums = new Array(GRID * GRID).fill(0);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      sums[Math.floor(y / CELL) * GRID + Math.floor(x / CELL)] += data[4 * (y * SIDE + x)];
    }
  }
  return sums.map((sum) => Math.round(sum / (CELL * CELL)));
}

function pixels(strokes, fit) {
  if (!strokes.length) return [];
  const context = sheet().getContext("2d", { willReadFrequently: true });
  if (!fit) {
    ink(context, strokes, (point) => point);
    return shrink(context);
  }
  const all = strokes.flat();
  const [left, right] = [Math.min(...all.map((p) => p[0])), Math.max(...all.map((p) => p[0]))];
  const [top, bottom] = [Math.min(...all.map((p) => p[1])), Math.max(...all.map((p) => p[1]))];
  const scale = Math.min(3, (BOX - PEN) / Math.max(1, right - left, bottom - top));
  let shift = [SIDE / 2 - (scale * (left + right)) / 2, SIDE / 2 - (scale * (top + bottom)) / 2];
  const place = ([x, y]) => [scale * x + shift[0], scale * y + shift[1]];
  ink(context, strokes, place);
  const grey = shrink(context);
  let [mass, x, y] = [0, 0, 0];
  grey.forEach((value, i) => {
    mass += value;
    x += value * ((i % GRID) + 0.5);
    y += value * (Math.floor(i / GRID) + 0.5);
  });
  const inside = (by, low, high) => Math.max(PEN / 2 - low, Math.min(SIDE - PEN / 2 - high, by)); // nothing is cut off
  const [first, last] = [place([left, top]), place([right, bottom])];
  const by = [HEART - x / mass, HEART - y / mass].map((away, i) => inside(away * CELL, first[i], last[i]));
  shift = [shift[0] + by[0], shift[1] + by[1]];
  ink(context, strokes, place);
  return shrink(context);
}

export default function (component) {
  const { parentElement, setStateValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector("#pad");
  const canvas = root.querySelector("canvas");
  const [undo, clear] = root.querySelectorAll("button");
  const hint = root.querySelector("p");
  const context = canvas.getContext("2d");
  if (!sheets.has(data.name)) sheets.set(data.name, { strokes: [], pen: [SIDE / 2, SIDE / 2], down: false });
  const own = sheets.get(data.name);

  canvas.setAttribute("aria-label", data.labels.sheet);
  undo.textContent = data.labels.undo;
  clear.textContent = data.labels.clear;
  hint.textContent = data.labels.hint;

  const size = () => own.strokes.reduce((n, stroke) => n + stroke.length, 0);
  const draw = () => {
    ink(context, own.strokes, (point) => point);
    undo.disabled = clear.disabled = !own.strokes.length;
    if (canvas.matches(":focus-visible")) {
      context.strokeStyle = own.down ? "#fb923c" : "#9ca3af";
      context.lineWidth = 2;
      context.beginPath();
      context.arc(own.pen[0], own.pen[1], PEN / 2 + 2, 0, 2 * Math.PI);
      context.stroke();
    }
  };
  const hand = () => setStateValue("pixels", pixels(own.strokes, data.fit));
  const begin = (point) => { own.strokes.push([point]); own.down = true; draw(); };
  const extend = (point) => {
    if (size() < MOST) own.strokes[own.strokes.length - 1].push(point);
    draw();
  };
  const end = () => { if (own.down) { own.down = false; draw(); hand(); } };
  const where = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * SIDE) / box.width, ((event.clientY - box.top) * SIDE) / box.height];
  };

  canvas.onpointerdown = (event) => {
    if (event.button > 0) return;
    canvas.setPointerCapture(event.pointerId);
    begin(where(event));
  };
  canvas.onpointermove = (event) => {
    if (!own.down || !canvas.hasPointerCapture(event.pointerId)) return;
    const many = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const one of many.length ? many : [event]) extend(where(one));
  };
  canvas.onpointerup = canvas.onpointercancel = end;
  canvas.onkeydown = (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way) {
      own.pen = own.pen.map((at, i) => Math.max(10, Math.min(SIDE - 10, at + MOVE * way[i])));
      if (own.down) extend([...own.pen]);
      else draw();
    } else if (event.key === " ") {
      if (own.down) end();
      else begin([...own.pen]);
    } else return;
    event.preventDefault();
  };
  canvas.onfocus = draw;
  canvas.onblur = () => { end(); draw(); };
  undo.onclick = () => { own.strokes.pop(); draw(); hand(); };
  clear.onclick = () => { own.strokes.length = 0; draw(); hand(); };

  draw();
  if (Boolean(own.strokes.length) !== data.drawn && !own.down) hand(); // the page forgot the drawing, or this tab did
}

// Levels of 16 by 16 tiles to walk through, with keys, buttons or clicks. Every sprite is drawn by code; every text is set as text.
// data: {name, id, levels: [{tiles, path, changed, note}], picked, kept, words, hues}; see games_play.py.
const SIDE = 16, TILE = 40, SMALL = 5, WALK = 110;
const [FLOOR, WALL, WATER, START, EXIT, KEY, DOOR, TREASURE] = [0, 1, 2, 3, 4, 5, 6, 7];
const INK = { floor: "#e4d8be", line: "#d6c8ac", wall: "#4a4e5c", brick: "#686e80", mortar: "#323540", water: "#2e7cbe", wave: "#68ace0",
  start: "#469e6e", pad: "#2c7a52", exit: "#7e54be", deep: "#54308c", key: "#c98a00", gold: "#e8b020", door: "#965c28", dark: "#683c16", gem: "#d64048", shine: "#ffb2b8",
  hero: "#1d4ed8", face: "#fff", mark: "#fb923c", way: "#c2410c" };
const WAYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], w: [-1, 0], s: [1, 0], a: [0, -1], d: [0, 1] };
const games = new Map(); // by name: where the visitor stands, while the levels are the same
const here = new WeakSet(); // places where it is on the screen: on a page that is opened anew, the level is the page's

function box(pen, ink, x, y, wide, tall, round = 0) {
  pen.fillStyle = ink;
  pen.beginPath();
  pen.roundRect(x, y, wide, tall, round);
  pen.fill();
}

function disc(pen, ink, x, y, radius) {
  pen.fillStyle = ink;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function line(pen, ink, width, points) {
  pen.strokeStyle = ink;
  pen.lineWidth = width;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  points.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.stroke();
}

// One tile with its upper left corner at (x, y), TILE wide.
function sprite(pen, tile, x, y) {
  box(pen, INK.floor, x, y, TILE, TILE);
  if (tile !== WALL && tile !== WATER) {
    line(pen, INK.line, 1, [[x, y + TILE - 0.5], [x + TILE, y + TILE - 0.5]]);
    line(pen, INK.line, 1, [[x + TILE - 0.5, y], [x + TILE - 0.5, y + TILE]]);
  }
  if (tile === WALL) {
    box(pen, INK.mortar, x, y, TILE, TILE);
    for (const [row, shift] of [[0, 0], [1, 10], [2, 0]]) {
      for (let i = -1; i < 2; i++) {
        const left = Math.max(0, i * 20 + shift + 1), right = Math.min(TILE, i * 20 + shift + 19);
        if (right > left) {
          box(pen, INK.wall, x + left, y + row * 13.4 + 1, right - left, 11.4, 1.5);
          box(pen, INK.brick, x + left, y + row * 13.4 + 1, right - left, 3, 1);
        }
      }
    }
  } else if (tile === WATER) {
    box(pen, INK.water, x, y, TILE, TILE);
    for (const [dx, dy] of [[6, 10], [20, 22], [4, 32]]) {
      line(pen, INK.wave, 2, [[x + dx, y + dy], [x + dx + 4, y + dy - 3], [x + dx + 8, y + dy], [x + dx + 12, y + dy - 3]]);
    }
  } else if (tile === START) {
    box(pen, INK.start, x + 5, y + 5, 30, 30, 6);
    box(pen, INK.pad, x + 10, y + 10, 20, 20, 4);
  } else if (tile === EXIT) {
    disc(pen, INK.deep, x + 20, y + 20, 18);
    disc(pen, INK.exit, x + 20, y + 20, 13);
    disc(pen, INK.shine, x + 20, y + 20, 6);
  } else if (tile === KEY) {
    pen.strokeStyle = INK.key;
    pen.lineWidth = 4;
    pen.beginPath();
    pen.arc(x + 13, y + 20, 7, 0, 2 * Math.PI);
    pen.stroke();
    line(pen, INK.key, 4, [[x + 20, y + 20], [x + 34, y + 20]]);
    line(pen, INK.key, 4, [[x + 33, y + 20], [x + 33, y + 27]]);
    line(pen, INK.key, 4, [[x + 26, y + 20], [x + 26, y + 25]]);
  } else if (tile === DOOR) {
    box(pen, INK.dark, x, y, TILE, TILE);
    for (let i = 0; i < 3; i++) box(pen, INK.door, x + 3 + i * 12, y + 3, 10, 34, 2);
    disc(pen, INK.gold, x + 31, y + 21, 3.5);
  } else if (tile === TREASURE) {
    pen.fillStyle = INK.gem;
    pen.beginPath();
    [[20, 34], [6, 18], [12, 9], [28, 9], [34, 18]].forEach(([px, py], i) => (i ? pen.lineTo(x + px, y + py) : pen.moveTo(x + px, y + py)));
    pen.fill();
    line(pen, INK.shine, 2, [[x + 6, y + 18], [x + 34, y + 18]]);
    line(pen, INK.shine, 2, [[x + 13, y + 10], [x + 20, y + 33], [x + 27, y + 10]]);
  }
}

function hero(pen, x, y, way) {
  disc(pen, "rgba(0,0,0,.25)", x + 20, y + 31, 11);
  disc(pen, INK.hero, x + 20, y + 19, 14);
  const [dy, dx] = way;
  for (const side of [-5, 5]) {
    disc(pen, INK.face, x + 20 + side + 2 * dx, y + 16 + 2 * dy, 4);
    disc(pen, "#111", x + 20 + side + 3.5 * dx, y + 16 + 3.5 * dy, 2);
  }
}

function tilesOf(level) {
  return Array.from(level.tiles, Number);
}

function fresh(data, at) {
  const tiles = tilesOf(data.levels[at]);
  const start = tiles.indexOf(START);
  return { id: data.id, at, tiles, place: start < 0 ? tiles.indexOf(FLOOR) : start, from: null, since: 0, way: [1, 0], steps: 0, key: false,
    treasure: 0, won: false, shown: false, said: "" }; // said: which of the words
}

export default function (component) {
  const { parentElement, setStateValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector("#play");
  const board = root.querySelector("canvas.board");
  const hud = root.querySelector(".hud"), said = root.querySelector(".said"), where = root.querySelector(".where"), note = root.querySelector(".note");
  const [restart, show] = root.querySelectorAll(".bar button");
  const pad = root.querySelectorAll(".pad button");
  const strip = root.querySelector(".strip");
  const pen = board.getContext("2d");
  const words = data.words;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let game = games.get(data.name);
  const other = !here.has(parentElement) && game?.at !== data.picked;
  here.add(parentElement);
  if (!game || game.id !== data.id || other) game = fresh(data, Math.min(data.picked, data.levels.length - 1));
  games.set(data.name, game);
  let frame = 0;

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const level = () => data.levels[game.at];
  const playable = () => level().path.length > 0;

  const draw = () => {
    const changed = new Set(level().changed);
    game.tiles.forEach((tile, i) => {
      const x = (i % SIDE) * TILE, y = Math.floor(i / SIDE) * TILE;
      sprite(pen, tile, x, y);
      if (changed.has(i)) {
        pen.strokeStyle = INK.mark;
        pen.lineWidth = 4;
        pen.setLineDash([6, 4]);
        pen.strokeRect(x + 3, y + 3, TILE - 6, TILE - 6);
        pen.setLineDash([]);
      }
    });
    if (data.kept) line(pen, INK.mark, 4, [[0, data.kept * TILE], [SIDE * TILE, data.kept * TILE]]);
    if (game.shown) line(pen, INK.way, 5, level().path.map((i) => [(i % SIDE) * TILE + TILE / 2, Math.floor(i / SIDE) * TILE + TILE / 2]));
    const share = still || game.from === null ? 1 : Math.min(1, (performance.now() - game.since) / WALK);
    const [from, to] = [game.from === null ? game.place : game.from, game.place];
    const x = (from % SIDE) * (1 - share) + (to % SIDE) * share, y = Math.floor(from / SIDE) * (1 - share) + Math.floor(to / SIDE) * share;
    if (to >= 0) hero(pen, x * TILE, y * TILE, game.way);
    if (game.won) {
      for (let i = 0; i < 12; i++) {
        const a = (Math.PI * i) / 6;
        const [cx, cy] = [(to % SIDE) * TILE + 20, Math.floor(to / SIDE) * TILE + 20];
        line(pen, INK.gold, 4, [[cx + 24 * Math.cos(a), cy + 24 * Math.sin(a)], [cx + 38 * Math.cos(a), cy + 38 * Math.sin(a)]]);
      }
    }
    if (share < 1) frame = window.requestAnimationFrame(draw);
  };

  const tell = () => {
    const found = level().tiles.split("").filter((tile) => Number(tile) === TREASURE).length;
    const parts = [fill(words.steps, { n: game.steps })];
    if (playable()) parts.push(fill(words.shortest, { n: level().path.length - 1 }));
    parts.push(game.key ? words.key : words.nokey);
    if (found) parts.push(fill(words.treasure, { n: game.treasure, all: found }));
    hud.textContent = parts.join(" · ");
    said.textContent = fill(words[game.said] ?? "", { n: game.steps, least: level().path.length - 1 });
    said.className = game.won ? "said won" : "said";
    note.textContent = level().note;
    note.className = playable() ? "note" : "note stuck";
    show.disabled = !playable();
    show.setAttribute("aria-pressed", String(game.shown));
    where.textContent = game.place < 0 ? "" : fill(words.where, { row: Math.floor(game.place / SIDE) + 1, column: (game.place % SIDE) + 1 });
    board.setAttribute("aria-label", fill(words.board, { n: game.at + 1 }) + " " + level().note);
    board.dataset.place = String(game.place);
    board.dataset.path = level().path.join(" ");
    strip.querySelectorAll("button").forEach((button, i) => button.setAttribute("aria-pressed", String(i === game.at)));
  };

  const choose = (at) => {
    game = fresh(data, at);
    games.set(data.name, game);
    draw();
    tell();
    setStateValue("picked", at);
  };

  const move = (way) => {
    if (game.won || game.place < 0) return;
    game.way = way;
    const row = Math.floor(game.place / SIDE) + way[0], column = (game.place % SIDE) + way[1];
    const to = row * SIDE + column;
    const tile = row < 0 || row >= SIDE || column < 0 || column >= SIDE ? WALL : game.tiles[to];
    if (tile === WALL || tile === WATER) game.said = tile === WALL ? "wall" : "water";
    else if (tile === DOOR && !game.key) game.said = "locked";
    else {
      game.from = game.place;
      game.since = performance.now();
      game.place = to;
      game.steps += 1;
      game.said = "";
      if (tile === KEY) [game.key, game.said, game.tiles[to]] = [true, "gotkey", FLOOR];
      if (tile === DOOR) [game.said, game.tiles[to]] = ["opened", FLOOR];
      if (tile === TREASURE) [game.treasure, game.said, game.tiles[to]] = [game.treasure + 1, "found", FLOOR];
      if (tile === EXIT) {
        game.won = true;
        game.said = game.steps === level().path.length - 1 ? "best" : "won";
      }
    }
    window.cancelAnimationFrame(frame);
    draw();
    tell();
  };

  board.width = board.height = SIDE * TILE;
  board.onkeydown = (event) => {
    const way = WAYS[event.key] || WAYS[event.key.toLowerCase()];
    if (event.ctrlKey || event.metaKey || event.altKey || !way) return;
    event.preventDefault();
    move(way);
  };
  board.onclick = (event) => {
    const area = board.getBoundingClientRect();
    const column = ((event.clientX - area.left) * SIDE) / area.width - 0.5, row = ((event.clientY - area.top) * SIDE) / area.height - 0.5;
    const dx = column - (game.place % SIDE), dy = row - Math.floor(game.place / SIDE);
    if (Math.max(Math.abs(dx), Math.abs(dy)) < 0.5) return;
    move(Math.abs(dx) > Math.abs(dy) ? [0, Math.sign(dx)] : [Math.sign(dy), 0]);
  };
  pad.forEach((button, i) => {
    button.setAttribute("aria-label", words.ways[i]);
    button.onclick = () => move([[-1, 0], [0, -1], [0, 1], [1, 0]][i]);
  });
  restart.textContent = words.restart;
  restart.onclick = () => {
    game = fresh(data, game.at);
    games.set(data.name, game);
    draw();
    tell();
  };
  show.textContent = words.show;
  show.onclick = () => { game.shown = !game.shown; draw(); tell(); };

  root.style.setProperty("--fine", data.hues.fine);
  root.style.setProperty("--stuck", data.hues.stuck);
  strip.setAttribute("aria-label", words.strip);
  if (strip.dataset.id !== data.id) {
    strip.dataset.id = data.id;
    strip.replaceChildren(...data.levels.map((one) => {
      const button = document.createElement("button");
      button.type = "button";
      const small = document.createElement("canvas");
      small.width = small.height = 2 * SIDE * SMALL;
      const context = small.getContext("2d");
      context.scale((2 * SMALL) / TILE, (2 * SMALL) / TILE);
      tilesOf(one).forEach((tile, i) => sprite(context, tile, (i % SIDE) * TILE, Math.floor(i / SIDE) * TILE));
      const sign = document.createElement("span");
      sign.setAttribute("aria-hidden", "true");
      sign.textContent = one.path.length ? (one.changed.length ? "✓ +" + one.changed.length : "✓") : "✗";
      sign.className = one.path.length ? "fine" : "stuck";
      button.append(small, sign);
      return button;
    }));
  }
  strip.querySelectorAll("button").forEach((button, at) => {
    button.setAttribute("aria-label", fill(words.card, { n: at + 1 }) + " " + data.levels[at].note);
    button.title = data.levels[at].note;
    button.onclick = () => choose(at);
  });
  draw();
  tell();
  return () => window.cancelAnimationFrame(frame);
}

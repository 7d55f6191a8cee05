// A small piano: mouse, finger or the computer's keys play notes into a melody, which is handed over on request. Nothing leaves
// this tab before that. Every text is set as text.
const tunes = new Map();
const BLACK = new Set([1, 3, 6, 8, 10]);
const TYPED = "awsedftgyhujkolp"; // the computer's keys, a semitone each from the lowest note
let sound = null;

function play(pitch, seconds) {
  sound ??= new AudioContext();
  const now = sound.currentTime, gain = sound.createGain();
  gain.connect(sound.destination);
  gain.gain.setValueAtTime(0, now);
  gain.gain.linearRampToValueAtTime(0.22, now + 0.02);
  gain.gain.setTargetAtTime(0, now + seconds * 0.8, 0.08);
  [1, 2, 3].forEach((partial, i) => {
    const tone = sound.createOscillator(), level = sound.createGain();
    tone.frequency.value = 440 * 2 ** ((pitch - 69) / 12) * partial;
    level.gain.value = [1, 0.35, 0.15][i];
    tone.connect(level).connect(gain);
    tone.start(now);
    tone.stop(now + seconds + 0.6);
  });
}

export default function (component) {
  const { parentElement, setStateValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector("#keys");
  const [tools, board, tune, bar] = ["tools", "board", "tune", "bar"].map((name) => root.querySelector(`.${name}`));
  const hint = root.querySelector("p");
  if (!tunes.has(data.name)) tunes.set(data.name, { notes: data.notes.map((note) => [...note]), length: 2 });
  const own = tunes.get(data.name);
  const label = (pitch) => (pitch ? data.names[pitch - data.low] : data.labels.rest);
  const sign = (length) => data.lengths.find(([n]) => n === length)?.[1] ?? "";
  const button = (text, parent, act, aria = "") => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    if (aria) made.setAttribute("aria-label", aria);
    made.onclick = act;
    parent.append(made);
    return made;
  };

  const press = (pitch, key) => {
    if (own.notes.length >= data.most) return;
    own.notes.push([pitch, own.length]);
    if (pitch) play(pitch, own.length * 0.3);
    if (key) {
      key.classList.add("down");
      setTimeout(() => key.classList.remove("down"), 180);
    }
    told();
  };
  const told = () => {
    tune.replaceChildren();
    own.notes.forEach(([pitch, length]) => {
      const item = document.createElement("li");
      item.textContent = `${label(pitch)} ${sign(length)}`;
      item.style.flexGrow = length;
      item.style.setProperty("--up", pitch ? (pitch - data.low) / (data.high - data.low) : 0);
      item.classList.toggle("rest", !pitch);
      tune.append(item);
    });
    undo.disabled = clear.disabled = !own.notes.length;
    done.disabled = !own.notes.some(([pitch]) => pitch);
  };

  for (const part of [tools, board, bar]) part.replaceChildren();
  tools.setAttribute("aria-label", data.labels.length);
  const choices = data.lengths.map(([n, text, aria]) =>
    button(text, tools, () => {
      own.length = n;
      choices.forEach((one, i) => one.setAttribute("aria-pressed", String(data.lengths[i][0] === n)));
    }, aria));
  choices.forEach((one, i) => one.setAttribute("aria-pressed", String(data.lengths[i][0] === own.length)));
  button(data.labels.rest, tools, () => press(0));

  board.setAttribute("aria-label", data.labels.board);
  const keys = new Map();
  let white = 0;
  const whites = [...Array(data.high - data.low + 1).keys()].filter((i) => !BLACK.has((data.low + i) % 12)).length;
  for (let pitch = data.low; pitch <= data.high; pitch++) {
    const dark = BLACK.has(pitch % 12);
    const key = button("", board, () => press(pitch, key), label(pitch));
    key.className = dark ? "black" : "white";
    key.style.left = `${(100 * (dark ? white - 0.31 : white)) / whites}%`;
    key.style.width = `${(100 * (dark ? 0.62 : 1)) / whites}%`;
    if (!dark) {
      white += 1;
      const word = document.createElement("span");
      word.textContent = label(pitch);
      key.append(word);
    }
    keys.set(pitch, key);
  }
  const undo = button(data.labels.undo, bar, () => { own.notes.pop(); told(); });
  const clear = button(data.labels.clear, bar, () => { own.notes.length = 0; told(); });
  const hear = button(data.labels.hear, bar, () => {
    let at = 0;
    for (const [pitch, length] of own.notes) {
      if (pitch) setTimeout(() => play(pitch, length * 0.3), at);
      at += length * 330;
    }
  });
  const hand = (notes) => { own.handed = notes; setStateValue("notes", notes); };
  const done = button(data.labels.done, bar, () => hand(own.notes.map((note) => [...note])));
  done.className = "primary";
  hint.textContent = data.labels.hint;
  tune.setAttribute("aria-label", data.labels.tune);
  root.onkeydown = (event) => {
    const place = event.ctrlKey || event.metaKey || event.altKey ? -1 : TYPED.indexOf(event.key.toLowerCase());
    const key = place < 0 || event.key.length > 1 ? null : keys.get(data.low + place);
    if (!key || event.repeat) return;
    press(data.low + place, key);
    event.preventDefault();
  };
  told();
  if (own.handed && !data.known) hand(own.handed); // the page forgot it while the keyboard was out of sight
}

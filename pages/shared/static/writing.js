// What a run wrote, set as text: plays the run's history, or types it line by line. Every text is set as text, never as markup.
const sheets = new WeakMap();
const HAN = /[\u3400-\u9fff]/g;
const TYPING = 45; // ms a character
const HELD = 1600; // ms a finished line stands

const chinese = (text) => (text.match(HAN) || []).length > text.length / 5;

// Samples are parted by blank lines; each becomes a block of its own.
function blocks(text) {
  return text.split(/\n\s*\n/).map((block) => block.replace(/^\n+|\s+$/g, "")).filter((block) => block);
}

// Chinese verse is set a line to a row, wherever its couplets break.
const rows = (part) => part.replace(/([，。])(?=[^\n])/g, "$1\n");
const longest = (parts) => Math.max(0, ...parts.flatMap((part) => part.split("\n").map((line) => line.length)));

function set(sheet, text) {
  const han = chinese(text);
  const whole = blocks(text);
  const verse = han && longest(whole) <= 26;
  const parts = verse ? whole.map(rows) : whole;
  sheet.className = `sheet ${han ? "han" : "latin"} ${verse ? "verse" : "prose"}`;
  sheet.style.setProperty("--line", `${Math.min(20, 1.08 * longest(parts) + 0.3)}em`);
  sheet.lang = han ? "zh" : "en";
  sheet.replaceChildren(
    ...parts.map((part) => {
      const block = document.createElement("p");
      block.textContent = part;
      return block;
    })
  );
}

// The first sentence or couplet of each frame, typed one after another.
function line(text) {
  const part = blocks(text)[0] || "";
  return chinese(part) ? rows(part).split("\n").slice(0, 4).join("\n").slice(0, 48) : part.replace(/\s+/g, " ").slice(0, 110);
}

function type(sheet, data, state, mark) {
  let frame = 0;
  let at = 0;
  const block = document.createElement("p");
  const caret = document.createElement("span");
  caret.className = "caret";
  caret.setAttribute("aria-hidden", "true");
  const next = () => {
    const text = line(data.frames[frame]);
    if (at === 0) {
      set(sheet, text || " ");
      sheet.replaceChildren(block);
      mark(frame);
    }
    block.textContent = text.slice(0, at);
    block.append(caret);
    if (at <= text.length) {
      at += 1;
      state.timer = window.setTimeout(next, TYPING);
    } else {
      const last = frame === data.frames.length - 1;
      frame = last ? 0 : frame + 1;
      at = 0;
      state.timer = window.setTimeout(next, last ? 3 * HELD : HELD);
    }
  };
  next();
}

export default function (component) {
  const { parentElement, setStateValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector("#writing");
  const sheet = root.querySelector(".sheet");
  const play = root.querySelector("button");
  const scrub = root.querySelector("input");
  const step = root.querySelector("span.step");
  const old = sheets.get(parentElement);
  if (old) { window.clearInterval(old.timer); window.clearTimeout(old.timer); }
  const last = data.frames.length - 1;
  // The server answers a pull of the scrubber with the place it was told before: that undoes no pull.
  const told = old ? old.told : new Set();
  const kept = told.size && (told.has(data.start) || old.start === data.start) ? data.steps.indexOf(old.step) : -1;
  const state = { at: last, timer: null, told, start: data.start, step: null };
  sheets.set(parentElement, state);
  const clear = () => { window.clearInterval(state.timer); window.clearTimeout(state.timer); };

  root.classList.toggle("live", last === 0);
  root.classList.toggle("typing", Boolean(data.typing));
  root.setAttribute("aria-label", data.alt);
  scrub.max = String(last);
  scrub.setAttribute("aria-label", data.labels.step.replace("#", ""));
  const mark = (index) => { step.textContent = data.labels.step.replace("#", data.steps[index]); };
  const show = (index) => {
    state.at = index;
    state.step = data.steps[index];
    set(sheet, data.frames[index]);
    scrub.value = String(index);
    mark(index);
  };
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (data.typing) {
    if (still) show(last);
    else type(sheet, data, state, mark);
    return clear;
  }
  const stop = () => {
    window.clearInterval(state.timer);
    state.timer = null;
    play.textContent = data.labels.play;
  };
  play.onclick = () => {
    if (state.timer) return stop();
    if (state.at >= last) show(0);
    play.textContent = data.labels.pause;
    state.timer = window.setInterval(() => (state.at < last ? show(state.at + 1) : stop()), data.interval);
  };
  scrub.oninput = () => { stop(); show(Number(scrub.value)); };
  scrub.onchange = () => { told.add(state.step); setStateValue("at", state.step); };
  show(kept >= 0 ? kept : Math.max(0, data.steps.indexOf(data.start)));
  stop();
  return clear;
}

// The presenter's clock: time since the tour began, kept in this tab, beside the time planned until the end of the scene.
const timers = new WeakMap();
const turns = new WeakMap();
const two = (n) => String(n).padStart(2, "0");
const clock = (seconds) => `${Math.floor(seconds / 60)}:${two(Math.floor(seconds % 60))}`;

// The buttons' own shortcuts are deaf while a switch of the bar has the focus: a clicker must go on after the notes were opened.
const turned = (event) => {
  const button = { PageDown: "next", PageUp: "back" }[event.key];
  if (!button || !event.composedPath()[0]?.matches?.("input[type=checkbox], input[type=radio]")) return;
  event.preventDefault();
  document.querySelector(`.st-key-tour-${button} button:enabled`)?.click();
};

export default function (component) {
  const { parentElement } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector("#timer");
  const face = root.querySelector("span");
  const again = root.querySelector("button");
  const key = `genai-tour:${data.tour}`;
  window.clearInterval(timers.get(parentElement));

  let began = Date.now();
  const keep = () => { try { window.sessionStorage.setItem(key, String(began)); } catch (denied) { /* the clock lives in this page alone */ } };
  try {
    const kept = Number(window.sessionStorage.getItem(key));
    if (kept > 0 && Date.now() - kept < 6 * 3600e3) began = kept;
  } catch (denied) { /* as above */ }
  keep();

  const show = () => {
    const passed = (Date.now() - began) / 1000;
    face.textContent = `${clock(passed)} / ${clock(data.end)}`;
    face.title = data.planned;
    face.classList.toggle("late", passed > data.end);
  };
  again.textContent = "↺";
  again.title = data.again;
  again.setAttribute("aria-label", data.again);
  again.onclick = () => { began = Date.now(); keep(); show(); };
  show();
  const timer = window.setInterval(show, 1000);
  timers.set(parentElement, timer);
  document.removeEventListener("keydown", turns.get(parentElement));
  const turn = (event) => turned(event);  // one for each bar: the old one's end must not take the new one's away
  turns.set(parentElement, turn);
  document.addEventListener("keydown", turn);
  return () => { window.clearInterval(timer); document.removeEventListener("keydown", turn); };
}

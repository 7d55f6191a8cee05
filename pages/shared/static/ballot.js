// A ballot: one risk at a time, two scales of five points, each an ordinary group of radio buttons. Every text is set as text.
// What is chosen goes to the server as everything that it has not confirmed yet, so that a lost message loses no vote.
const AGAIN = 6000; // ms; a vote of a hundred at once takes half of it
const make = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

export default function (component) {
  const { parentElement, setStateValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector("#ballot");
  const { saved, ...shape } = data;
  const sign = JSON.stringify(shape);
  if (root.sign !== sign) {
    // another round, language or list of risks: draw anew, and stay with the risk that was on the screen
    const first = data.items.findIndex((item) => data.scales.some((s) => saved[item.id]?.[s.key] === undefined));
    const same = root.turn === data.turn ? data.items.findIndex((item) => item.id === root.item) : -1;
    Object.assign(root, { sign, turn: data.turn, chosen: {}, at: same >= 0 ? same : Math.max(0, first) });
    root.draw = () => draw(root, data, setStateValue);
    root.saved = saved;
    root.draw();
  }
  root.saved = saved;
  tell(root, data);
}

const value = (root, item, key) => root.chosen[item]?.[key] ?? root.saved[item]?.[key];
const whole = (root, data, item) => data.scales.every((scale) => value(root, item.id, scale.key) !== undefined);

// What the server has not confirmed yet; sent again while it does not, as after a lost connection or a restart of the server.
function waiting(root) {
  const open = {};
  for (const [id, values] of Object.entries(root.chosen))
    for (const [key, chosen] of Object.entries(values)) if (root.saved[id]?.[key] !== chosen) (open[id] ??= {})[key] = chosen;
  return open;
}

function send(root, data, setStateValue) {
  const sign = root.sign;
  root.count = (root.count ?? 0) + 1;
  setStateValue("votes", { turn: data.turn, values: waiting(root), count: root.count });
  window.clearTimeout(root.again);
  root.again = window.setTimeout(() => {
    if (root.isConnected && root.sign === sign && Object.keys(waiting(root)).length) send(root, data, setStateValue);
  }, AGAIN);
}

function draw(root, data, setStateValue) {
  const item = data.items[root.at];
  root.item = item.id;
  const box = make("div", data.open ? "" : "closed");
  const progress = make("div", "progress");
  progress.setAttribute("aria-hidden", "true");
  progress.append(...data.items.map(() => make("i")));
  const sets = make("div", "sets");
  for (const scale of data.scales) {
    const set = make("fieldset");
    set.append(make("legend", "", scale.title));
    for (const [point, anchor] of [...scale.anchors.map((a, i) => [i + 1, a]), [0, null]]) {
      const label = make("label", anchor ? "" : "none");
      const input = make("input");
      Object.assign(input, { type: "radio", name: `${data.name}-${scale.key}`, value: String(point), disabled: !data.open });
      input.checked = value(root, item.id, scale.key) === point;
      input.dataset.vote = `${scale.key}-${point}`;
      input.onchange = () => {
        (root.chosen[item.id] ??= {})[scale.key] = point;
        send(root, data, setStateValue);
        tell(root, data);
      };
      const words = make("span");
      if (anchor) words.append(make("strong", "", anchor[0]), make("small", "", anchor[1]));
      else words.textContent = data.words.abstain;
      label.append(input, ...(anchor ? [make("b", "", String(point))] : []), words);
      set.append(label);
    }
    sets.append(set);
  }
  const bar = make("div", "bar");
  const back = make("button", "back", data.words.back);
  const next = make("button", "next", data.words.next);
  for (const [button, step] of [[back, -1], [next, 1]]) {
    button.type = "button";
    button.onclick = () => {
      root.at += step;
      root.draw();
      tell(root, data);
      const heading = root.querySelector("h3");
      heading.focus({ preventScroll: true });
      heading.scrollIntoView({ block: "start" });
    };
  }
  back.disabled = root.at === 0;
  next.disabled = root.at === data.items.length - 1;
  const said = make("p", "said");
  said.setAttribute("role", "status");
  bar.append(back, next, said);
  const heading = make("h3", "", item.title);
  heading.tabIndex = -1;
  box.append(progress, make("p", "of", data.words.of.replace("%1", root.at + 1).replace("%2", data.items.length)), heading);
  if (item.detail) box.append(make("p", "detail", item.detail));
  box.append(sets, bar);
  root.replaceChildren(box);
}

function tell(root, data) {
  const marks = root.querySelectorAll(".progress i");
  data.items.forEach((item, i) => {
    marks[i].className = `${whole(root, data, item) ? "done" : ""} ${i === root.at ? "here" : ""}`;
  });
  const open = Object.keys(waiting(root)).length > 0;
  const all = data.items.every((item) => whole(root, data, item));
  const some = data.scales.some((scale) => value(root, root.item, scale.key) !== undefined);
  const said = root.querySelector(".said");
  said.textContent = !data.open ? data.words.closed : open ? data.words.saving : all ? data.words.all : some ? data.words.saved : "";
  said.classList.toggle("all", all && !open);
  root.querySelector(".next").classList.toggle("go", whole(root, data, data.items[root.at]) && root.at < data.items.length - 1);
}

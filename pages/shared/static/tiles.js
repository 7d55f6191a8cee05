// Small pictures to compare: each item is a stack of tiles cut out of strips, some items are marked, one is shown large.
// Every text is set as text, never as markup.
const chosen = new WeakMap();

function tile(strip, k, n) {
  const one = document.createElement("span");
  one.className = "tile";
  one.style.backgroundImage = `url("${strip}")`;
  one.style.backgroundSize = `${n * 100}% 100%`;
  one.style.backgroundPosition = `${n > 1 ? (k / (n - 1)) * 100 : 0}% 0`;
  return one;
}

export default function (component) {
  const { parentElement } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector("#tiles");
  root.replaceChildren();
  root.setAttribute("aria-label", data.label);
  root.style.setProperty("--mark", data.hue);
  const large = document.createElement("div");
  large.className = "large";
  const items = [];

  const show = (item) => {
    root.querySelector('[aria-pressed="true"]')?.setAttribute("aria-pressed", "false");
    item.button.setAttribute("aria-pressed", "true");
    chosen.set(parentElement, items.indexOf(item));
    const stack = data.groups[item.group].strips.map((strip, row) => {
      const figure = document.createElement("figure");
      const words = document.createElement("figcaption");
      words.textContent = data.heads[row] || "";
      figure.append(tile(strip, item.k, item.n), words);
      return figure;
    });
    const says = document.createElement("p");
    says.setAttribute("aria-live", "polite");
    says.className = item.marked ? "marked" : "";
    says.textContent = item.says;
    large.replaceChildren(...stack, says);
  };

  data.groups.forEach((group, g) => {
    const row = document.createElement("div");
    row.className = "group";
    if (group.title) {
      const title = document.createElement("div");
      title.className = "title";
      const strong = document.createElement("b");
      strong.textContent = group.title;
      const note = document.createElement("span");
      note.textContent = group.note || "";
      title.append(strong, note);
      row.append(title);
    }
    const sheet = document.createElement("div");
    sheet.className = "sheet";
    sheet.style.setProperty("--size", data.size);
    const n = group.marked.length;
    group.marked.forEach((marked, k) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = `item ${marked ? "marked" : ""} ${group.first && k === 0 ? "first" : ""}`;
      button.setAttribute("aria-pressed", "false");
      const item = { button, group: g, k, n, marked, says: (group.says || [])[k] || "" };
      button.setAttribute("aria-label", item.says || `${group.title || data.label} ${k + 1}`);
      button.append(...group.strips.map((strip) => tile(strip, k, n)));
      button.onclick = () => show(item);
      button.onpointerenter = (event) => { if (event.pointerType === "mouse") show(item); };
      items.push(item);
      sheet.append(button);
    });
    row.append(sheet);
    root.append(row);
  });
  const legend = document.createElement("div");
  legend.className = "legend";
  legend.textContent = data.legend;
  root.append(legend);
  if (data.zoom) {
    root.prepend(large);
    show(items[chosen.get(parentElement) ?? data.start] || items[0]);
  }
}

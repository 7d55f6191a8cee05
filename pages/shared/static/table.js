// A small table: numbers as the reader's language writes them, shares as bars, and a click on a heading sorts.
const orders = new WeakMap();

export default function (component) {
  const { parentElement } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector("#table");
  const order = orders.get(parentElement) || { column: -1, down: true };
  orders.set(parentElement, order);
  root.setAttribute("aria-label", data.label);

  const element = (tag, text, parent) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    parent.append(made);
    return made;
  };
  const sorted = () => {
    if (order.column < 0) return data.rows;
    const value = (row) => row[order.column].value ?? row[order.column].text;
    const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
    return [...data.rows].sort((a, b) => compare(value(a), value(b)) * (order.down ? -1 : 1));
  };
  const draw = () => {
    root.replaceChildren();
    const table = element("table", "", root);
    const head = element("tr", "", element("thead", "", table));
    data.columns.forEach((column, place) => {
      const cell = element("th", "", head);
      cell.scope = "col";
      cell.className = column.kind;
      if (column.kind === "picture") return void (cell.textContent = column.title);
      const chosen = place === order.column;
      if (chosen) cell.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      const button = element("button", column.title + (chosen ? (order.down ? " ↓" : " ↑") : ""), cell);
      button.type = "button";
      button.onclick = () => {
        order.down = chosen ? !order.down : column.kind !== "text";
        order.column = place;
        draw();
        root.querySelectorAll("th")[place].querySelector("button").focus();
      };
    });
    const body = element("tbody", "", table);
    for (const row of sorted()) {
      const line = element("tr", "", body);
      row.forEach((cell, place) => {
        const kind = data.columns[place].kind;
        const box = element("td", kind === "picture" ? "" : cell.text, line);
        box.className = kind;
        if (kind === "picture" && cell.image) {
          const image = element("img", "", box);
          image.src = cell.image;
          image.alt = cell.text;
        }
        if (kind === "share" && cell.value !== null) {
          const bar = element("i", "", element("span", "", box));
          bar.style.width = `${Math.max(0, Math.min(1, cell.value)) * 100}%`;
        }
      });
    }
  };
  draw();
}

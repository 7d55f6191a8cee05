// The register as a table: a click on a heading sorts, a click on a title opens the risk, arrow keys go from title to title.
// On a narrow place each risk is a card. Every text is set as text.
const orders = new Map();

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector("#register");
  const order = orders.get(data.name) || { column: "", down: true };
  orders.set(data.name, order);
  root.setAttribute("aria-label", data.label);

  const element = (tag, parent, name, text) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text) made.textContent = text;
    parent.append(made);
    return made;
  };
  const sorted = () => {
    if (!order.column) return data.rows;
    const value = (row) => row[order.column].sort ?? row[order.column].text;
    const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
    return [...data.rows].sort((a, b) => compare(value(a), value(b)) * (order.down ? -1 : 1));
  };
  const titles = () => [...root.querySelectorAll("td button")];
  const move = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const all = titles();
    const next = all[all.indexOf(event.currentTarget) + step];
    if (next) {
      next.focus();
      event.preventDefault();
    }
  };
  const draw = () => {
    root.replaceChildren();
    if (!data.rows.length) return void element("p", root, "none", data.none);
    const table = element("table", root);
    const head = element("tr", element("thead", table));
    for (const column of data.columns) {
      const cell = element("th", head, column.key);
      cell.scope = "col";
      const chosen = column.key === order.column;
      if (chosen) cell.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      const button = element("button", cell, "", column.title + (chosen ? (order.down ? " ↓" : " ↑") : ""));
      button.type = "button";
      button.onclick = () => {
        order.down = chosen ? !order.down : column.down;
        order.column = column.key;
        draw();
        root.querySelector(`th.${column.key} button`).focus();
      };
    }
    const body = element("tbody", table);
    for (const row of sorted()) {
      const line = element("tr", body, row.open ? "open" : "");
      for (const column of data.columns) {
        const { text, band, note, mark } = row[column.key];
        const cell = element("td", line, column.key);
        if (column.key !== "title" && text) cell.dataset.label = column.title;
        if (column.key === "title") {
          const button = element("button", cell, "", text);
          button.type = "button";
          button.onkeydown = move;
          if (row.open) button.setAttribute("aria-current", "true");
          button.onclick = () => setTriggerValue("picked", row.key);
          if (note) element("small", cell, "", note);
        } else {
          const word = element("span", cell, band ? "band" : "", text);
          if (band) [word.style.background, word.style.color] = data.hues[band];
          if (mark) word.style.color = data.late;
        }
      }
    }
  };
  draw();
}

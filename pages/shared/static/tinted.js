// Text whose pieces carry a number or a mark: a background a piece, a legend, and what the piece says on demand.
// Every text is set as text, never as markup.
const NAMES = { "\n": "\u21b5\n", "\t": "\u21e5" };

function tint(hue, share) {
  return share > 0 ? `color-mix(in srgb, ${hue} ${Math.round(Math.min(1, share) * 62)}%, transparent)` : "";
}

export default function (component) {
  const { parentElement } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector("#tinted");
  root.replaceChildren();
  root.setAttribute("aria-label", data.label);
  const note = document.createElement("div");
  note.className = "note";
  note.setAttribute("aria-live", "polite");
  for (const row of data.rows) {
    const line = document.createElement("div");
    line.className = "row";
    if (row.badge) {
      const badge = document.createElement("span");
      badge.className = "badge";
      badge.style.borderColor = row.hue;
      badge.textContent = row.badge;
      line.append(badge);
    }
    const words = document.createElement("p");
    words.className = /[\u3400-\u9fff]/.test(row.pieces.map((piece) => piece[0]).join("")) ? "han" : "latin";
    words.lang = words.className === "han" ? "zh" : "en";
    words.tabIndex = data.read ? 0 : -1;
    for (const [text, share, hue, says, kinds] of row.pieces) {
      const piece = document.createElement("span");
      piece.textContent = NAMES[text] || text;
      piece.style.background = tint(hue || "transparent", Math.abs(share));
      if (share < 0) piece.className = "below";
      if (kinds) piece.classList.add(...kinds.split(" "));
      if (says) piece.dataset.says = says;
      words.append(piece);
    }
    line.append(words);
    root.append(line);
  }
  if (data.legend.length) {
    const legend = document.createElement("div");
    legend.className = "legend";
    for (const [name, share, hue, kinds] of data.legend) {
      const swatch = document.createElement("span");
      swatch.className = `swatch ${share < 0 ? "below" : ""}`;
      if (kinds) swatch.classList.add(...kinds.split(" "));
      swatch.style.background = tint(hue, Math.abs(share));
      swatch.setAttribute("aria-hidden", "true");
      const label = document.createElement("span");
      label.textContent = name;
      legend.append(swatch, label);
    }
    root.append(legend);
  }
  if (!data.read) return;
  note.textContent = data.read;
  root.append(note);
  const pieces = [...root.querySelectorAll("[data-says]")];
  let at = -1;
  const say = (piece) => {
    root.querySelector(".at")?.classList.remove("at");
    piece.classList.add("at");
    note.textContent = piece.dataset.says;
    at = pieces.indexOf(piece);
  };
  root.onpointerover = (event) => { if (event.target.dataset?.says) say(event.target); };
  root.onclick = root.onpointerover;
  root.onkeydown = (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move || !pieces.length) return;
    event.preventDefault();
    say(pieces[Math.min(pieces.length - 1, Math.max(0, at + move))]);
  };
}

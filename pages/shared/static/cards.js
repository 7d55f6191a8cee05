// A row of pictures to choose from. Every text is set as text, never as markup.
export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector("#cards");
  root.replaceChildren();
  root.classList.toggle("many", data.groups.length > 2);
  for (const group of data.groups) {
    const block = document.createElement("div");
    block.className = "group";
    if (group.label) {
      const label = document.createElement("div");
      label.className = "label";
      label.textContent = group.label;
      block.append(label);
    }
    const row = document.createElement("div");
    row.className = "row";
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", group.label || data.label);
    for (const card of group.cards) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = card.role;
      button.dataset.card = card.key;
      button.setAttribute("aria-pressed", card.key === data.selected ? "true" : "false");
      if (card.image) {
        const image = document.createElement("img");
        image.src = card.image;
        image.alt = card.alt;
        button.append(image);
      }
      if (card.text) {
        const face = document.createElement("span");
        const han = /[\u3400-\u9fff]/.test(card.text);
        face.className = `face ${han ? "han" : ""}`;
        face.lang = han ? "zh" : "en";
        face.textContent = card.text;
        face.setAttribute("aria-hidden", "true");
        button.append(face);
      }
      const title = document.createElement("span");
      title.className = "title";
      title.textContent = card.title;
      button.append(title);
      button.title = card.note;
      button.onclick = () => setTriggerValue("picked", card.key);
      row.append(button);
    }
    block.append(row);
    root.append(block);
  }
}

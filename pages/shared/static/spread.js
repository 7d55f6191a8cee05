// How votes lie on a scale of five points: bars, the median as a mark, the middle half as a band. Every text is set as text.
const make = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
const place = (value) => `${((value - 0.5) / 5) * 100}%`;

export default function (component) {
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = component.parentElement.querySelector("#spread");
  root.style.setProperty("--tall", data.tall);
  root.replaceChildren(
    ...data.panels.map((panel) => {
      const figure = make("figure");
      figure.style.setProperty("--now", data.hue);
      const chart = make("div");
      chart.setAttribute("role", "img");
      chart.setAttribute("aria-label", `${panel.title}. ${panel.says}`);
      const bars = make("div", "bars");
      const most = Math.max(1, ...panel.counts, ...(panel.earlier ?? []));
      panel.counts.forEach((count, i) => {
        const bar = make("div", "bar");
        if (panel.earlier) {
          const ghost = make("span", "earlier");
          ghost.style.height = `${(100 * panel.earlier[i]) / most}%`;
          if (!panel.earlier[i]) ghost.style.visibility = "hidden";
          bar.append(ghost);
        }
        const now = make("span");
        now.style.height = `${(100 * count) / most}%`;
        if (count) now.append(make("em", "", String(count)));
        else now.style.visibility = "hidden";
        bar.append(now);
        bars.append(bar);
      });
      const axis = make("div", "axis");
      if (panel.median !== null) {
        const half = make("div", "half");
        half.style.left = `calc(${place(panel.low)} - .3rem)`;
        half.style.width = `calc(${((panel.high - panel.low) / 5) * 100}% + .6rem)`;
        const middle = make("div", "middle");
        middle.style.left = place(panel.median);
        axis.append(half, middle);
      }
      const points = make("div", "points");
      points.setAttribute("aria-hidden", "true");
      panel.anchors.forEach((name, i) => {
        const point = make("div");
        point.append(make("b", "", String(i + 1)), make("span", "", name));
        points.append(point);
      });
      chart.append(bars, axis, points);
      figure.append(make("h4", "", panel.title), chart, make("figcaption", "", panel.says));
      if (panel.note) figure.append(make("p", "note", panel.note));
      return figure;
    }),
  );
}

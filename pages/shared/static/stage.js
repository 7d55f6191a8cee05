// Where a workshop stands, and the time of its phase, counted in the browser. Every text is set as text.
const begun = new Map(); // phase -> the moment it began, by this browser's own clock

export default function (component) {
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = component.parentElement.querySelector("#stage");
  const [list, time] = [root.querySelector("ol"), root.querySelector(".time")];
  list.setAttribute("aria-label", data.label);
  list.replaceChildren(
    ...data.steps.map((title, i) => {
      const step = document.createElement("li");
      step.textContent = title;
      step.title = title;
      step.className = i < data.at ? "past" : i === data.at ? "here" : "";
      if (i === data.at) step.setAttribute("aria-current", "step");
      return step;
    }),
  );
  time.hidden = !data.box;
  const [clock, box] = [time.querySelector(".clock"), time.querySelector(".box")];
  if (!begun.has(data.id)) begun.set(data.id, performance.now() - 1000 * data.elapsed);
  const tell = () => {
    const left = Math.round(data.box - (performance.now() - begun.get(data.id)) / 1000);
    const of = Math.abs(left);
    clock.textContent = `${left < 0 ? "+" : ""}${Math.floor(of / 60)}:${String(of % 60).padStart(2, "0")}`;
    clock.classList.toggle("over", left < 0);
    box.textContent = left < 0 ? data.words.over : data.words.left;
  };
  tell();
  window.clearInterval(root.timer);
  root.timer = window.setInterval(tell, 1000);
  return () => window.clearInterval(root.timer);
}

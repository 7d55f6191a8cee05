// The browser's Back and Forward in a tour. The framework writes the parameters of the next scene to the page that is left, and then
// opens the next page: each scene on another page leaves an entry behind that is neither of the two. It is stepped over here, and so
// is a live run that fell back, which would only fall back again. One listener for as long as the window lives.
let tours = {};

const place = () => {
  const asked = new URLSearchParams(window.location.search);
  const name = `${asked.get("tour")} ${asked.get("scene")}`;
  return { name, page: window.location.pathname.split("/").pop(), run: asked.has("run"), fell: asked.get("fell") === "1" };
};

let at = place();  // when the browser goes back, its address is the new one already
for (const change of ["pushState", "replaceState"]) {
  const own = window.history[change].bind(window.history);
  window.history[change] = (...given) => { own(...given); at = place(); };
}

window.addEventListener("popstate", (event) => {
  const to = place();
  const between = tours[to.name] !== undefined && tours[to.name] !== to.page;
  const again = at.fell && to.run && at.name === to.name;
  if (between || again) {
    event.stopImmediatePropagation();  // the framework must not open it
    window.history.go(at.name === to.name ? -1 : 1);
  } else {
    at = to;
  }
}, true);

export default function (component) {
  tours = JSON.parse(new TextDecoder().decode(component.data));
  component.parentElement.querySelector("i").dataset.listens = "";
}

// The browser's Back and Forward in a tour. The framework writes the parameters of the next scene to the page that is left, and then
// opens the next page: each scene on another page leaves an entry behind that is neither of the two. It is stepped over here, and so
// is a live run that fell back, which would fall back again. One listener for as long as the window lives.
let tours = {};
let at = null;

const place = (url) => {
  const asked = new URLSearchParams(url.search);
  const name = `${asked.get("tour")} ${asked.get("scene")}`;
  return { name, page: url.pathname.split("/").pop(), wanted: tours[name], run: asked.has("run"), fell: asked.get("fell") === "1" };
};

window.addEventListener("popstate", (event) => {
  const to = place(window.location);
  const between = to.wanted !== undefined && to.wanted !== to.page;
  const again = at !== null && at.fell && to.run && at.name === to.name;
  if (between || again) {
    event.stopImmediatePropagation();  // the framework must not open it
    window.history.go(at !== null && at.name === to.name ? -1 : 1);
  } else {
    at = to;
  }
}, true);

export default function (component) {
  const data = JSON.parse(new TextDecoder().decode(component.data));
  tours = data.pages;
  at = place(window.location);  // not always the scene: a page that is not part of it has the bar too
}

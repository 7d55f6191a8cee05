// Turning to another chapter begins at its top, as another page would. The first chapter that is shown moves nothing.
const shown = new WeakMap();

export default function (component) {
  const { parentElement } = component;
  const chapter = new TextDecoder().decode(component.data);
  const before = shown.get(parentElement);
  shown.set(parentElement, chapter);
  if (before !== undefined && before !== chapter) {
    document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 });
  }
}

// Finds and makes elements for the views.

/** The element with this id. Throws where the page has none. */
export const part = <T extends HTMLElement>(id: string, type: new () => T): T => {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} called #${id}`);
  return found;
};

/** Makes an element with a class and content; text is never read as HTML. */
export const make = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...content: (Node | string)[]
): HTMLElementTagNameMap[Name] => {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...content);
  return element;
};

/** Moves the focus to the start button where it is inside an element that goes away: otherwise it would be lost. */
export const passFocus = (from: HTMLElement): void => {
  if (from.contains(document.activeElement)) part("start", HTMLButtonElement).focus();
};

/** Sets the text only where it differs, so that an unchanged live region is not announced again. */
export const setText = (element: HTMLElement, text: string): void => {
  if (element.textContent !== text) element.textContent = text;
};

// The available tools, each with a sentence that makes the model call it.
import type { ToolDescription } from "../../client/index.ts";
import type { View } from "../state/store.ts";
import { parametersOf, phraseFor, type ToolParameter } from "../state/tool-hints.ts";
import { make, part, setText } from "./part.ts";

const drawParameter = ({ name, type, required, description }: ToolParameter): HTMLElement => {
  const item = make(
    "li",
    "",
    make("code", "", name),
    make("span", "", required ? type : `${type}, optional`),
  );
  if (description) item.title = description;
  return item;
};

const drawTool = (tool: ToolDescription): HTMLElement => {
  const item = make("li", "offer", make("code", "name", tool.name), make("p", "", tool.description));
  const phrase = phraseFor(tool);
  if (phrase) item.append(make("p", "try", make("span", "", "Try: "), make("q", "", phrase)));
  const parameters = parametersOf(tool);
  if (parameters.length > 0) {
    const list = make("ul", "parameters", ...parameters.map(drawParameter));
    list.ariaLabel = `Arguments of ${tool.name}`;
    item.append(list);
  }
  return item;
};

/** Draws the tools that the chosen profile offers. */
export const toolListView = (): View => {
  const list = part("tools", HTMLUListElement);
  const none = part("no-tools", HTMLElement);
  let shown = "";
  return ({ tools, profile, access }) => {
    const offered = tools.filter(({ profiles }) => profiles.includes(profile));
    const granted = access === "granted";
    none.hidden = offered.length > 0;
    setText(
      none,
      granted ? "This profile offers no tools." : "The list is shown to callers that the broker knows.",
    );
    const key = offered.map(({ name }) => name).join(" ");
    if (key === shown) return;
    shown = key;
    list.replaceChildren(...offered.map(drawTool));
  };
};

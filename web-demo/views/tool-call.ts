// Draws a tool call: its name, arguments, answer and duration.
import type { ToolCallReport } from "../../client/index.ts";
import { type Layout, layOut, layOutArguments } from "../state/tool-answer.ts";
import { make } from "./part.ts";

// Longer answers are collapsed, so that they do not push the conversation away.
const FOLD_CHARACTERS = 700;

const verdicts = { running: "Running", answered: "Answered", failed: "Failed" };

const rows = (pairs: [string, string][]): HTMLElement =>
  make(
    "dl",
    "rows",
    ...pairs.map(([name, value]) => make("div", "", make("dt", "", name), make("dd", "", value))),
  );

const text = (content: string): HTMLElement => {
  const block = make("pre", "", make("code", "", content));
  if (content.length <= FOLD_CHARACTERS) return block;
  const size = `${(content.length / 1024).toFixed(1)} KiB`;
  return make("details", "", make("summary", "", `Show all (${size})`), block);
};

const show = (layout: Layout): HTMLElement =>
  layout.kind === "rows" ? rows(layout.rows) : text(layout.text);

const section = (name: string, layout: Layout): HTMLElement =>
  make("div", "section", make("span", "label", name), show(layout));

const isEmpty = (layout: Layout): boolean =>
  layout.kind === "text" && (layout.text === "{}" || layout.text === "");

/** Redraws the list item from the call. */
export const drawToolCall = (item: HTMLElement, call: ToolCallReport): void => {
  const took =
    call.milliseconds === undefined ? "" : ` in ${Math.round(call.milliseconds).toLocaleString("en")} ms`;
  const asked = layOutArguments(call.arguments);
  item.className = `tool ${call.status}`;
  item.replaceChildren(
    make(
      "div",
      "head",
      make("span", "visually-hidden", "Tool call "),
      make("code", "name", call.name),
      make("span", "verdict", `${verdicts[call.status]}${took}`),
    ),
  );
  if (!isEmpty(asked)) item.append(section("Arguments", asked));
  if (call.status !== "running") item.append(section("Answer", layOut(call.answer)));
};

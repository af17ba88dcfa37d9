// The card that describes a problem: what happened, what to do, and the developer's detail.
import type { Problem } from "../state/problem.ts";
import type { View } from "../state/store.ts";
import { drawDetail } from "./developer-detail.ts";
import { make, part, passFocus } from "./part.ts";

const fill = ({ title, detail, advice, developer }: Problem): HTMLElement => {
  const card = make("div", "problem", make("h2", "", title));
  if (detail) card.append(make("p", "", detail));
  if (advice) card.append(make("p", "advice", advice));
  if (developer) card.append(drawDetail(developer));
  return card;
};

/** Draws the current problem, if there is one. */
export const problemView = (actions: { dismiss(): void; tryAgain(): void }): View => {
  const region = part("problem", HTMLElement);
  let shown: Problem | undefined;
  return ({ problem, access }) => {
    if (problem === shown) return;
    shown = problem;
    passFocus(region);
    if (!problem) return region.replaceChildren();
    const card = fill(problem);
    const unreachable = access === "unreachable";
    const button = make("button", "quiet", unreachable ? "Try again" : "Dismiss");
    button.type = "button";
    button.addEventListener("click", unreachable ? actions.tryAgain : actions.dismiss);
    card.append(make("p", "row", button));
    region.replaceChildren(card);
  };
};

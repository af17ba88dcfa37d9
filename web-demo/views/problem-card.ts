// The card that describes a problem: what happened, why, and what to do.
import type { Problem } from "../state/problem.ts";
import type { View } from "../state/store.ts";
import { make, part } from "./part.ts";

const fill = (problem: Problem): HTMLElement => {
  const card = make("div", "problem", make("h2", "", problem.title));
  if (problem.sentence) card.append(make("p", "", problem.sentence));
  card.append(make("p", "", problem.detail));
  if (problem.parts) card.append(make("ul", "", ...problem.parts.map((text) => make("li", "", text))));
  if (problem.advice) card.append(make("p", "advice", problem.advice));
  if (problem.requestId) card.append(make("p", "request", "Request ", make("code", "", problem.requestId)));
  return card;
};

/** Draws the current problem, if there is one. */
export const problemView = (actions: { dismiss(): void; tryAgain(): void }): View => {
  const region = part("problem", HTMLElement);
  let shown: Problem | undefined;
  return ({ problem, access }) => {
    if (problem === shown) return;
    shown = problem;
    if (!problem) return region.replaceChildren();
    const card = fill(problem);
    const unreachable = access === "unreachable";
    const button = make("button", "quiet", unreachable ? "Try again" : "Dismiss");
    button.type = "button";
    button.addEventListener("click", unreachable ? actions.tryAgain : actions.dismiss);
    const row = make("p", "row", button);
    if (problem.explanation) {
      const link = make("a", "", "What this means");
      link.href = problem.explanation;
      link.target = "_blank";
      row.append(link);
    }
    card.append(row);
    region.replaceChildren(card);
  };
};

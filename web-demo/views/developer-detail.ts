// The developer's words on a problem, folded away from the page's user.
import type { DeveloperDetail } from "../state/problem.ts";
import { make } from "./part.ts";

/** Draws the folded detail. */
export const drawDetail = ({ message, parts, requestId, explanation }: DeveloperDetail): HTMLElement => {
  const details = make("details", "developer", make("summary", "", "For developers"), make("p", "", message));
  if (parts) details.append(make("ul", "", ...parts.map((text) => make("li", "", text))));
  if (requestId) details.append(make("p", "request", "Request ", make("code", "", requestId)));
  if (explanation) {
    const link = make("a", "", "What this means");
    link.href = explanation;
    link.target = "_blank";
    details.append(make("p", "", link));
  }
  return details;
};

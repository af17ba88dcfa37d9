// The catalogue of refusals, continued: limits and budgets.
import type { Kind } from "./kind.ts";

export const limitKinds = {
  "limit-exceeded": {
    status: 429,
    title: "Too many requests",
    advice: "Wait as long as `Retry-After` says. `violated-policies` names the limits that are used up.",
    userMessage: "That was too much in a short time. Please try again later.",
  },
  "budget-exceeded": {
    status: 429,
    title: "A budget has no room for this",
    advice:
      "The detail names the budget and when it renews; `Retry-After` says the same in seconds. The operator raises it under `budgets` in broker.yaml.",
    userMessage:
      "What may be used for now is used up. Please try again later, or ask the people who run this page.",
  },
} satisfies Record<string, Kind>;

// The catalogue of refusals, continued: failures of OpenAI and of our keys there.
import { forUsers, type Kind } from "./kind.ts";

export const upstreamKinds = {
  "upstream-scope-missing": {
    status: 403,
    title: "This service's keys at OpenAI may not do this",
    advice:
      "Ask the operator: the key at OpenAI is a restricted one and lacks a permission. The log says under the request id which one.",
    userMessage: forUsers.unavailable,
  },
  "upstream-limited": {
    status: 429,
    title: "OpenAI's limit for this model is reached",
    advice:
      "Wait as long as `Retry-After` says, or use another model. The limit is that of this service's account at OpenAI.",
    userMessage: forUsers.busy,
  },
  "upstream-refused": {
    status: 502,
    title: "OpenAI refused, or could not be reached",
    advice: "The operator finds OpenAI's reason in the log, under the request id.",
    userMessage: forUsers.unavailable,
  },
  "upstream-unavailable": {
    status: 503,
    title: "No key for OpenAI can be used now",
    advice: "Try again as `Retry-After` says. The operator finds in the log which keys are out, and why.",
    userMessage: forUsers.unavailable,
  },
  "upstream-timeout": {
    status: 504,
    title: "OpenAI did not answer in time",
    advice: "Try again in a moment.",
    userMessage: forUsers.unavailable,
  },
} satisfies Record<string, Kind>;

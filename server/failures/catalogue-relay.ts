// The catalogue of refusals, continued: relayed requests.
import { forUsers, type Kind } from "./kind.ts";

export const relayKinds = {
  "input-flagged": {
    status: 400,
    title: "What you sent may not be answered",
    advice: "OpenAI's moderation flagged it. Say it in another way.",
    userMessage: "This cannot be answered. Please say it in another way.",
  },
  "input-unreadable": {
    status: 400,
    title: "What you sent cannot be checked",
    advice:
      "OpenAI's moderation reads texts that are in the request. Send those, with no files, token lists, stored prompts or earlier responses; or ask the operator for `when_unreadable: pass` in your entry under `relay` in broker.yaml.",
    userMessage: "What you sent cannot be checked. Please send text only.",
  },
  "path-forbidden": {
    status: 403,
    title: "You may not use this address of OpenAI's",
    advice:
      "Ask the operator to add it to the `paths` of your entry under `relay` in broker.yaml. Account, key and admin addresses are never relayed.",
    userMessage: forUsers.noAccess,
  },
  "model-forbidden": {
    status: 403,
    title: "You may not use this model",
    advice: "Ask the operator to add it to the `models` of your entry under `relay` in broker.yaml.",
    userMessage: forUsers.noAccess,
  },
  "moderation-unavailable": {
    status: 503,
    title: "What you sent cannot be checked now",
    advice: "Try again in a moment. The operator chose that nothing passes without OpenAI's moderation.",
    userMessage: forUsers.unavailable,
  },
} satisfies Record<string, Kind>;

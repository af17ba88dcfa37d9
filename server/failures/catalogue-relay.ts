// The catalogue of refusals, continued: relayed requests.

export const relayKinds = {
  "input-flagged": {
    status: 400,
    title: "What you sent may not be answered",
    advice: "OpenAI's moderation flagged it. Say it in another way.",
  },
  "input-unreadable": {
    status: 400,
    title: "What you sent cannot be checked",
    advice:
      "OpenAI's moderation reads texts that are in the request. Send those, with no files, token lists, stored prompts or earlier responses; or ask the operator for `when_unreadable: pass` in your entry under `relay` in broker.yaml.",
  },
  "path-forbidden": {
    status: 403,
    title: "You may not use this address of OpenAI's",
    advice:
      "Ask the operator to add it to the `paths` of your entry under `relay` in broker.yaml. Account, key and admin addresses are never relayed.",
  },
  "model-forbidden": {
    status: 403,
    title: "You may not use this model",
    advice: "Ask the operator to add it to the `models` of your entry under `relay` in broker.yaml.",
  },
  "moderation-unavailable": {
    status: 503,
    title: "What you sent cannot be checked now",
    advice: "Try again in a moment. The operator chose that nothing passes without OpenAI's moderation.",
  },
};

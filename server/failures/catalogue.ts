// The catalogue of refusals: each code with its status, title and advice. All of it is published at /problems.
import { limitKinds } from "./catalogue-limits.ts";
import { relayKinds } from "./catalogue-relay.ts";
import { sessionKinds } from "./catalogue-sessions.ts";
import { toolKinds } from "./catalogue-tools.ts";
import { upstreamKinds } from "./catalogue-upstream.ts";
import { usageKinds } from "./catalogue-usage.ts";
import { userKinds } from "./catalogue-users.ts";
import { forUsers, type Kind } from "./kind.ts";

export const kinds = {
  ...relayKinds,
  ...sessionKinds,
  ...toolKinds,
  "request-malformed": {
    status: 400,
    title: "The request could not be read",
    advice: "Send a JSON object with Content-Type application/json, or arguments in the query string.",
    userMessage: forUsers.pageFault,
  },
  "credentials-in-query": {
    status: 400,
    title: "Credentials do not belong in an address",
    advice:
      "Addresses end up in logs and browser histories. Send the token in the header `Authorization: Bearer …`, and consider the one you sent as leaked.",
    userMessage: forUsers.pageFault,
  },
  "credentials-missing": {
    status: 401,
    title: "Credentials are needed",
    advice: "Send the header `Authorization: Bearer …` with a token that this service knows.",
    userMessage: forUsers.signIn,
  },
  "credentials-rejected": {
    status: 401,
    title: "The credentials were not accepted",
    advice: "Get a fresh token. The reason is in this service's log, under the request id.",
    userMessage: forUsers.signIn,
  },
  "challenge-required": {
    status: 401,
    title: "A solved challenge is needed",
    advice:
      "GET /challenge, solve it (the client module does so by itself, as do ALTCHA's), and send `Authorization: Altcha …` with base64 of the challenge and its solution; or send a token.",
    userMessage: forUsers.unavailable,
  },
  "profile-forbidden": {
    status: 403,
    title: "You may not use this profile",
    advice: "Ask the operator to add you to the profile's `allow` list in broker.yaml.",
    userMessage: forUsers.noAccess,
  },
  "metrics-forbidden": {
    status: 403,
    title: "You may not read the metrics",
    advice: "Ask the operator to add you to `metrics.allow` in broker.yaml.",
    userMessage: forUsers.noAccess,
  },
  "not-found": {
    status: 404,
    title: "There is nothing at this address",
    advice: "GET /tools lists the tools you may call; /openapi.json describes every address.",
    userMessage: forUsers.pageFault,
  },
  "version-missing": {
    status: 404,
    title: "This address lacks /v1",
    advice: "The base URL of an OpenAI client must end in /v1 here, as in https://HOST/v1.",
    userMessage: forUsers.pageFault,
  },
  "method-not-allowed": {
    status: 405,
    title: "This address does not answer that method",
    advice: "The `Allow` header lists the methods that work here.",
    userMessage: forUsers.pageFault,
  },
  "request-too-slow": {
    status: 408,
    title: "The request took too long to arrive",
    advice: "Send the whole request without pauses.",
    userMessage: "What you sent took too long to arrive. Please check your connection and try again.",
  },
  "request-too-large": {
    status: 413,
    title: "The request's body is too large",
    advice: "Send less. The limit is named in the detail.",
    userMessage: "What you sent is too large. Please send less.",
  },
  "address-too-long": {
    status: 414,
    title: "The request's address is too long",
    advice: "Send long arguments in the body of a POST.",
    userMessage: forUsers.pageFault,
  },
  "media-type-unsupported": {
    status: 415,
    title: "The body's type is not supported",
    advice: "Send `Content-Type: application/json`.",
    userMessage: forUsers.pageFault,
  },
  "arguments-invalid": {
    status: 422,
    title: "The arguments are not valid for this tool",
    advice: "Each entry of `errors` points at an argument and says what is wrong with it.",
    userMessage: forUsers.toolFailed,
  },
  "profile-unknown": {
    status: 422,
    title: "There is no such profile",
    advice: "Use a profile that broker.yaml defines, or none for `default`.",
    userMessage: forUsers.pageFault,
  },
  "key-request-invalid": {
    status: 422,
    title: "The request for a key is not valid",
    advice:
      "A caller may override only the session fields that the profile lists under `overrides`, with valid values.",
    userMessage: forUsers.pageFault,
  },
  "headers-too-large": {
    status: 431,
    title: "The request's headers or address are too large",
    advice: "Send long arguments in the body of a POST.",
    userMessage: forUsers.pageFault,
  },
  "upgrade-required": {
    status: 426,
    title: "This address speaks WebSocket",
    advice: "Open it as a WebSocket, with ws: or wss: in place of http: or https:.",
    userMessage: forUsers.pageFault,
  },
  ...limitKinds,
  internal: {
    status: 500,
    title: "Something went wrong in this service",
    advice: "Tell the operator the request id; the cause is in the log.",
    userMessage: forUsers.unavailable,
  },
  ...upstreamKinds,
  ...usageKinds,
  ...userKinds,
  draining: {
    status: 503,
    title: "This instance is shutting down",
    advice: "Try again: another instance will answer.",
    userMessage: forUsers.unavailable,
  },
  overloaded: {
    status: 503,
    title: "Too much is under way",
    advice:
      "Try again in a moment, and send fewer large requests at once: bodies that must be read whole share a limited memory, and each caller has a part of it.",
    userMessage: forUsers.busy,
  },
  "load-too-high": {
    status: 503,
    title: "The service has more to do than it can",
    advice:
      "Wait as long as `Retry-After` says. Relayed requests are refused before voice. The operator starts more replicas, or finds at /admin who sends so much.",
    userMessage: forUsers.busy,
  },
  "store-unavailable": {
    status: 503,
    title: "The database does not answer",
    advice: "Try again in a moment. The operator finds the cause in the log.",
    userMessage: forUsers.unavailable,
  },
  "identity-provider-unavailable": {
    status: 503,
    title: "The identity provider does not answer",
    advice: "Try again in a moment. The operator finds the cause in the log.",
    userMessage: forUsers.unavailable,
  },
  "shared-state-unavailable": {
    status: 503,
    title: "What all instances share cannot be reached",
    advice: "Try again in a moment. The operator looks at REDIS_URL.",
    userMessage: forUsers.unavailable,
  },
} satisfies Record<string, Kind>;

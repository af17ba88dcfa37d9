// The catalogue of refusals: each code with its status, title and advice. All of it is published at /problems.
import { relayKinds } from "./catalogue-relay.ts";
import { upstreamKinds } from "./catalogue-upstream.ts";
import type { Kind } from "./kind.ts";

export const kinds = {
  ...relayKinds,
  "request-malformed": {
    status: 400,
    title: "The request could not be read",
    advice: "Send a JSON object with Content-Type application/json, or arguments in the query string.",
  },
  "credentials-in-query": {
    status: 400,
    title: "Credentials do not belong in an address",
    advice:
      "Addresses end up in logs and browser histories. Send the token in the header `Authorization: Bearer …`, and consider the one you sent as leaked.",
  },
  "credentials-missing": {
    status: 401,
    title: "Credentials are needed",
    advice: "Send the header `Authorization: Bearer …` with a token that this service knows.",
  },
  "credentials-rejected": {
    status: 401,
    title: "The credentials were not accepted",
    advice: "Get a fresh token. The reason is in this service's log, under the request id.",
  },
  "challenge-required": {
    status: 401,
    title: "A solved challenge is needed",
    advice:
      "GET /challenge, solve it (the client module does so by itself, as do ALTCHA's), and send `Authorization: Altcha …` with base64 of the challenge and its solution; or send a token.",
  },
  "profile-forbidden": {
    status: 403,
    title: "You may not use this profile",
    advice: "Ask the operator to add you to the profile's `allow` list in broker.yaml.",
  },
  "tool-forbidden": {
    status: 403,
    title: "You may not call this tool",
    advice: "A tool is open to those who may use a profile that offers it. Ask the operator.",
  },
  "metrics-forbidden": {
    status: 403,
    title: "You may not read the metrics",
    advice: "Ask the operator to add you to `metrics.allow` in broker.yaml.",
  },
  "not-found": {
    status: 404,
    title: "There is nothing at this address",
    advice: "GET /tools lists the tools you may call; /openapi.json describes every address.",
  },
  "method-not-allowed": {
    status: 405,
    title: "This address does not answer that method",
    advice: "The `Allow` header lists the methods that work here.",
  },
  "request-too-slow": {
    status: 408,
    title: "The request took too long to arrive",
    advice: "Send the whole request without pauses.",
  },
  "request-too-large": {
    status: 413,
    title: "The request's body is too large",
    advice: "Send less. The limit is named in the detail.",
  },
  "address-too-long": {
    status: 414,
    title: "The request's address is too long",
    advice: "Send long arguments in the body of a POST.",
  },
  "media-type-unsupported": {
    status: 415,
    title: "The body's type is not supported",
    advice: "Send `Content-Type: application/json`.",
  },
  "arguments-invalid": {
    status: 422,
    title: "The arguments are not valid for this tool",
    advice: "Each entry of `errors` points at an argument and says what is wrong with it.",
  },
  "profile-unknown": {
    status: 422,
    title: "There is no such profile",
    advice: "Use a profile that broker.yaml defines, or none for `default`.",
  },
  "key-request-invalid": {
    status: 422,
    title: "The request for a key is not valid",
    advice:
      "A caller may override only the session fields that the profile lists under `overrides`, with valid values.",
  },
  "headers-too-large": {
    status: 431,
    title: "The request's headers or address are too large",
    advice: "Send long arguments in the body of a POST.",
  },
  "upgrade-required": {
    status: 426,
    title: "This address speaks WebSocket",
    advice: "Open it as a WebSocket, with ws: or wss: in place of http: or https:.",
  },
  "limit-exceeded": {
    status: 429,
    title: "Too many requests",
    advice: "Wait as long as `Retry-After` says. `violated-policies` names the limits that are used up.",
  },
  internal: {
    status: 500,
    title: "Something went wrong in this service",
    advice: "Tell the operator the request id; the cause is in the log.",
  },
  ...upstreamKinds,
  "tool-failed": {
    status: 502,
    title: "The tool failed",
    advice: "The operator finds the cause in the log, under the request id.",
  },
  "tool-answer-too-large": {
    status: 502,
    title: "The tool's answer is too large",
    advice: "Ask for less, or raise the tool's `max_answer_bytes`.",
  },
  draining: {
    status: 503,
    title: "This instance is shutting down",
    advice: "Try again: another instance will answer.",
  },
  overloaded: {
    status: 503,
    title: "Too much is under way",
    advice:
      "Try again in a moment, and send fewer large requests at once: bodies that must be read whole share a limited memory, and each caller has a part of it.",
  },
  "store-unavailable": {
    status: 503,
    title: "The database does not answer",
    advice: "Try again in a moment. The operator finds the cause in the log.",
  },
  "identity-provider-unavailable": {
    status: 503,
    title: "The identity provider does not answer",
    advice: "Try again in a moment. The operator finds the cause in the log.",
  },
  "shared-state-unavailable": {
    status: 503,
    title: "What all instances share cannot be reached",
    advice: "Try again in a moment. The operator looks at REDIS_URL.",
  },
  "tool-timeout": {
    status: 504,
    title: "The tool did not answer in time",
    advice: "Try again, or raise the tool's `timeout_ms`.",
  },
} satisfies Record<string, Kind>;

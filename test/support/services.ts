// Services that do nothing, for tests that look at the table of routes without sending a request.
import type { Services } from "../../server/app.ts";

const never = (): never => {
  throw new Error("no request is sent in this test");
};

export const inertServices: Services = {
  log: { write: never },
  clock: { now: never, monotonic: never },
  limiter: { take: never, look: never },
  newTimeBudget: never,
  attempts: { begin: never },
  proxies: { contains: never },
  forwardedHeader: "x-forwarded-for",
  hashAddress: never,
  limitChecks: { request: never, attempt: never, mint: never, toolCall: never, relay: never },
  metrics: { request: never, refused: never, limitReached: never, relayed: never, render: never },
  lifecycle: { draining: false, enter: never, leave: never, drain: never },
  toolbox: { find: never, list: never },
  allowedOrigins: new Set(),
  newRequestId: never,
  authenticate: never,
  watchCredential: never,
  newChallenge: never,
  mayReadMetrics: never,
  chooseProfile: never,
  grant: never,
  inFlight: { limit: "in-flight-caller", enter: never, leave: never },
  sockets: { limit: "sockets-caller", enter: never, leave: never },
  mint: never,
  startCall: never,
  openTunnel: never,
  ruleFor: never,
  checkCall: never,
  relay: never,
  bodyMemory: { open: never, turns: { mayGoOn: never } },
  checkArguments: never,
  callTool: never,
  assets: new Map(),
  connectOrigins: new Set(),
};

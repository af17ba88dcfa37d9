// The table of operations, and the router over it.
import { Hono } from "hono";
import { Failure } from "./failures/failure.ts";
import { reply } from "./http/answer.ts";
import type { RequestFacts } from "./http/facts.ts";
import { limitHeaders } from "./http/middleware/admission.ts";
import { countRequest, type LimitServices, showLimits } from "./http/middleware/limits.ts";
import type { Operation, ServicesOf } from "./http/operation.ts";
import { adminEvents } from "./http/operations/admin-events.ts";
import { adminOverview } from "./http/operations/admin-overview.ts";
import { adminFile, adminPage, adminSignIn } from "./http/operations/admin-page.ts";
import { addUser, adminUsers, changeUser, rotateUserToken } from "./http/operations/admin-users.ts";
import { clientChallenge, clientModule, page, pageFile } from "./http/operations/assets.ts";
import { callTool } from "./http/operations/call-tool.ts";
import { challenge } from "./http/operations/challenge.ts";
import { clientSecret } from "./http/operations/client-secrets.ts";
import { currentSession, endCurrentSession } from "./http/operations/current-session.ts";
import { doctorArrival } from "./http/operations/doctor-arrival.ts";
import { ephemeralKey } from "./http/operations/ephemeral-key.ts";
import { healthz, readyz } from "./http/operations/health.ts";
import { listTools } from "./http/operations/list-tools.ts";
import { liveSessions } from "./http/operations/live-sessions.ts";
import { mcp } from "./http/operations/mcp.ts";
import { metrics } from "./http/operations/metrics.ts";
import { openApi } from "./http/operations/openapi.ts";
import { problemList, problemPage } from "./http/operations/problems.ts";
import { realtimeCall } from "./http/operations/realtime-calls.ts";
import { realtimeHangup } from "./http/operations/realtime-hangup.ts";
import { realtimeSocket } from "./http/operations/realtime-socket.ts";
import { relay } from "./http/operations/relay.ts";
import { endSession, sessionById, sessionList } from "./http/operations/sessions.ts";
import { usage } from "./http/operations/usage.ts";
import { usageReport } from "./http/operations/usage-reports.ts";
import { usageRequest, usageRequests } from "./http/operations/usage-requests.ts";
import { fetchOver } from "./http/router-fetch.ts";
import { routesOf } from "./http/routes.ts";
import { type BrokerEnv, type Runnable, type RunServices, run } from "./http/run.ts";

/** In the order in which the router looks. */
export const operations = [
  ...[healthz, readyz, metrics, page, pageFile, clientModule, clientChallenge],
  ...[problemList, problemPage, challenge, openApi, listTools, mcp],
  doctorArrival,
  ...[adminPage, adminFile, adminSignIn, adminOverview, adminEvents],
  ...[adminUsers, addUser, changeUser, rotateUserToken],
  ...[sessionList, currentSession, endCurrentSession, sessionById, endSession],
  ...[usage, usageRequests, usageRequest, usageReport],
  ...[ephemeralKey, clientSecret, realtimeCall, realtimeHangup, realtimeSocket, liveSessions],
  ...[relay, callTool],
] as const;

export type Services = RunServices & LimitServices & ServicesOf<typeof operations>;

/** Where a request may become a WebSocket. */
export const socketPaths: ReadonlySet<string> = new Set(
  operations
    .filter(({ answer }) => answer.status === 101)
    .flatMap((operation) => Object.keys(operation.routes).map((key) => key.split(" ")[1] ?? "")),
);

const routes = routesOf(operations);

/** The first segments of all addresses: no tool may have one of these names. */
export const reservedNames: ReadonlySet<string> = routes.names;

export interface App {
  routes: Hono<BrokerEnv>["routes"];
  fetch: ReturnType<typeof fetchOver>;
}

/** The router over all operations. `current` is asked for the services of each request. */
export const createApp = (current: () => Services): App => {
  const app = new Hono<BrokerEnv>();
  const refuseUnknown = run(unknown, current);
  for (const operation of operations) {
    const { steps, handler, answer, isProbe = false, isQuiet = isProbe } = operation as Operation<never>;
    for (const key of Object.keys(operation.routes)) {
      const [method = "", route = ""] = key.split(" ");
      const first = [isProbe ? showLimits : countRequest, limitHeaders];
      const handle = run({ route, steps: [...first, ...steps], handler, answer, isQuiet }, current);
      // A wrong method at another operation's address is neither a tool's name nor a path to relay.
      app.on(method, route, (c) => (routes.isTaken(route, c.req.path) ? refuseUnknown(c) : handle(c)));
    }
  }
  app.notFound(refuseUnknown);
  // An error that became no refusal goes to the server, which logs it; Hono would answer it in its own format.
  app.onError((error) => {
    throw error;
  });
  return { routes: app.routes, fetch: fetchOver(app) };
};

const unknown: Runnable = {
  route: "unmatched",
  steps: [countRequest, limitHeaders],
  handler: (facts: RequestFacts) => {
    if (!facts.isPreflight) refuseAddress(facts);
  },
  // The fields of a preflight's answer are there already.
  answer: { write: (facts) => reply(facts, { status: 204, headers: {}, body: undefined }) },
  isQuiet: false,
};

// A wrong method is told apart from a wrong address.
const refuseAddress = ({ path }: RequestFacts): never => {
  const allowed = routes.methodsAt(path);
  if (allowed.length === 0) throw new Failure("not-found");
  const allow = allowed.join(", ");
  throw new Failure("method-not-allowed", `This address answers ${allow}.`, { headers: { allow } });
};

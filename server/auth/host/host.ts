// Authenticates the callers that the application hands over in which the service is mounted: its own sessions.
import { z } from "zod";
import type { Clock, Timers } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import { inputErrorsOf } from "../../json/input-errors.ts";
import { parseInput } from "../../json/parse-input.ts";
import { identifierSchema } from "../../names.ts";
import { ownLimitsSchema } from "../../rates.ts";
import type { HostAuthenticator } from "../authenticator.ts";
import type { Caller } from "../caller.ts";
import { isFromOwnPage, type Origin } from "../guests/loopback.ts";
import { rejected } from "../rejection.ts";
import { rolesSchema } from "../roles.ts";
import { teamSchema } from "../team.ts";

const hostCallerSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.:@|+/=-]{1,128}$/, "must be 1 to 128 letters, digits or . : @ | + / = _ -")
    .describe("The user's id, which never changes: limits, the log and `allow: [host:NAME]` go by it."),
  roles: rolesSchema.default([]).describe("For `allow: [role:NAME]` and the limits of roles."),
  team: teamSchema.optional().describe("The user's team, for reports and budgets."),
  profiles: z.array(identifierSchema).optional().describe("The only profiles this user may use."),
  limits: ownLimitsSchema.default({}).describe("In place of the limits of roles and of all callers."),
  endsAt: z
    .union([z.date().transform((date) => date.getTime()), z.number()])
    .optional()
    .describe(
      "When the session ends, as a `Date` or in milliseconds since 1970: what is open then is cut off.",
    ),
});

/** A signed-in user of the application. */
export type HostCaller = z.input<typeof hostCallerSchema>;

/**
 * Who sent a request, by the application's own session; undefined where it knows of none, then the other ways to authenticate are
 * tried. What it throws refuses the request. It is given what the application handed over: Node's request, or the web one.
 */
export type HostAuthenticate = (
  request: never,
) => HostCaller | null | undefined | Promise<HostCaller | null | undefined>;

export interface HostPorts {
  clock: Pick<Clock, "now">;
  timers: Pick<Timers, "after">;
  /** Web origins whose pages may send requests with the session. */
  allowedOrigins: ReadonlySet<string>;
}

/** How long the application may take to look its session up. */
const TIMEOUT_MS = 5000;

/**
 * A browser adds the session's cookie to every request, also to one that another site's page sends. Such a request spends money or
 * runs a tool by GET too, so the session counts only for pages of this origin and of those allowed. Asking rejects with
 * `identity-provider-unavailable` where the application throws or does not answer, with `internal` for what is no caller, and with
 * `credentials-rejected` for a session that has ended.
 */
export const hostAuthenticator =
  (authenticate: HostAuthenticate, { clock, timers, allowedOrigins }: HostPorts): HostAuthenticator =>
  ({ host, origin }) => {
    const from = origin();
    // A token beside it changes nothing: another site's page may send one of its own with a WebSocket, and the cookie goes along.
    if (!isOwnRequest(from, host?.hasCookies ?? false, allowedOrigins)) {
      const page = from.origin === undefined ? "a page that is not known" : `a page of ${from.origin}`;
      return {
        why: `the application's session is not used for ${page}; cors.origins names origins that may`,
      };
    }
    return {
      ask: async () => {
        const found = await within(timers, () => authenticate(host?.request as never));
        return found === undefined || found === null ? undefined : callerOf(found, clock.now());
      },
    };
  };

// Browsers say where a request comes from; with a cookie and without that, it may be an old browser's or one over plain http.
const isOwnRequest = (from: Origin, hasCookies: boolean, allowed: ReadonlySet<string>): boolean =>
  isFromOwnPage(from, allowed) && !(hasCookies && from.origin === undefined && from.fetchSite === undefined);

const within = async <T>(timers: Pick<Timers, "after">, work: () => T | Promise<T>): Promise<T> => {
  const late = Promise.withResolvers<never>();
  const cancel = timers.after(TIMEOUT_MS, () =>
    late.reject(new Error(`the application's authenticate took more than ${TIMEOUT_MS} ms`)),
  );
  try {
    return await Promise.race([(async () => work())(), late.promise]);
  } catch (cause) {
    throw new Failure("identity-provider-unavailable", undefined, { cause, headers: { "retry-after": "1" } });
  } finally {
    cancel();
  }
};

const callerOf = (found: unknown, now: number): Caller => {
  const parsed = parseInput(hostCallerSchema, found);
  if (!parsed.success) {
    const [fault] = inputErrorsOf(parsed.error, { unknownName: "is no field of a caller" });
    const cause = new Error(`authenticate returned no caller: ${fault?.pointer || "it"}: ${fault?.detail}`);
    throw new Failure("internal", undefined, { cause });
  }
  const { profiles, endsAt, ...rest } = parsed.data;
  if (endsAt !== undefined && endsAt <= now) {
    throw rejected("session-expired", `the session ended ${momentOf(endsAt)}: endsAt is in milliseconds`);
  }
  return { kind: "host", id: `host:${rest.name}`, ...rest, profiles, endsAt };
};

// What JavaScript has no date for is told as it is.
const momentOf = (ms: number): string =>
  Math.abs(ms) <= MAX_DATE_MS ? new Date(ms).toISOString() : String(ms);

const MAX_DATE_MS = 8.64e15;

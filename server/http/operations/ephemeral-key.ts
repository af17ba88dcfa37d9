// GET or POST /ephemeral-key: the main job.
import { z } from "zod";
import type { Caller } from "../../auth/caller.ts";
import { Failure } from "../../failures/failure.ts";
import { inputErrorsOf } from "../../json/input-errors.ts";
import { jsonPointer } from "../../json/pointer.ts";
import type { Mint } from "../../mint/mint.ts";
import { redact } from "../../observe/redact.ts";
import type { Granted, KeyRequest } from "../../profiles/compose.ts";
import type { Profile } from "../../profiles/profile.ts";
import { type BrokerContext, type Handler, type Middleware, rawQuery } from "../context.ts";
import { readJsonBody } from "../request/body.ts";
import { callerSignal } from "../request/caller-signal.ts";

export interface EphemeralKeyServices {
  /** Throws `profile-unknown` or `profile-forbidden`. */
  chooseProfile(caller: Caller, name: string | undefined): Profile;
  /** Throws `key-request-invalid`. */
  grant(caller: Caller, profile: Profile, wish: KeyRequest): Granted;
  mint(caller: Caller, profile: Profile, granted: Granted, signal: AbortSignal): Promise<Mint>;
}

/** The query of both methods. */
export const keyRequestQuery = z.strictObject({
  profile: z.string().max(64).optional().describe("The profile to use; `default` when left out."),
});

/** The body of POST. */
export const keyRequestBody = z.strictObject({
  profile: z.string().max(64).optional().describe("The profile to use; `default` when left out."),
  session: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("Session fields to override, of those that the profile's `overrides` allow."),
});

export type ProfileServices = Pick<EphemeralKeyServices, "chooseProfile" | "grant">;

/** Reads the key request, and finds what the caller may have of it. */
export const readKeyRequest = (services: ProfileServices): Middleware =>
  async function readKeyRequest(c, next) {
    resolveProfile(c, services, await readKeyRequestOf(c));
    await next();
  };

/**
 * Leaves the profile with the request, and the session that it grants: what could be refused is refused before it is
 * counted. Throws `profile-unknown`, `profile-forbidden` or `key-request-invalid`.
 */
export const resolveProfile = (c: BrokerContext, services: ProfileServices, wish: KeyRequest): void => {
  const caller = c.get("caller");
  c.get("event").profile = redact(wish.profile ?? "default");
  const profile = services.chooseProfile(caller, wish.profile);
  c.set("profile", profile);
  c.set("granted", services.grant(caller, profile, wish));
};

/** Answers with a fresh key for the caller's profile. */
export const ephemeralKey =
  (services: Pick<EphemeralKeyServices, "mint">): Handler =>
  async (c) =>
    c.body(JSON.stringify(await mintFor(c, services)), 200, {
      "content-type": "application/json",
      "cache-control": "no-store",
    });

/** Mints what was granted, and leaves in the log line what there is to know. */
export const mintFor = async (
  c: BrokerContext,
  { mint }: Pick<EphemeralKeyServices, "mint">,
): Promise<Mint["key"]> => {
  const minted = await mint(
    c.get("caller"),
    c.get("profile"),
    c.get("granted"),
    callerSignal(c.env.outgoing),
  );
  const { key, openAiRequestId, upstreamKey } = minted;
  const facts = { session: key.session.id, openai_request_id: openAiRequestId, upstream_key: upstreamKey };
  Object.assign(c.get("event"), facts);
  return key;
};

const readKeyRequestOf = async (c: BrokerContext): Promise<KeyRequest> => {
  const query = readKeyRequestQuery(c);
  if (c.req.method === "GET") return query;
  return { ...query, ...checkKeyRequest(keyRequestBody, await readKeyRequestBody(c)) };
};

/** The wish in the query. Throws `key-request-invalid`. */
export const readKeyRequestQuery = (c: BrokerContext): z.output<typeof keyRequestQuery> => {
  const asked = rawQuery(c);
  return asked === "" ? {} : checkKeyRequest(keyRequestQuery, readQuery(asked));
};

/** The JSON object in the body, not yet checked. Throws `key-request-invalid` or what reading it throws. */
export const readKeyRequestBody = async (c: BrokerContext): Promise<unknown> => {
  const { value, errors } = await readJsonBody(c.get("body"));
  if (errors.length > 0) throw new Failure("key-request-invalid", undefined, { errors });
  return value;
};

/** Names and values, each name once. Throws `key-request-invalid`. */
export const readQuery = (query: string): Record<string, string> => {
  const pairs = [...new URLSearchParams(query)];
  const names = new Set<string>();
  const repeated = pairs.map(([name]) => name).find((name) => names.size === names.add(name).size);
  if (repeated !== undefined) {
    const errors = [{ pointer: jsonPointer([repeated]), detail: "is given more than once" }];
    throw new Failure("key-request-invalid", undefined, { errors });
  }
  return Object.fromEntries(pairs);
};

/** Throws `key-request-invalid`, which points at what is wrong. */
export const checkKeyRequest = <T>(schema: z.ZodType<T>, value: unknown): T => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = inputErrorsOf(parsed.error, { unknownName: "is not known here" });
  throw new Failure("key-request-invalid", undefined, { errors });
};

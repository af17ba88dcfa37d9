// POST /v1/realtime/client_secrets: minting for OpenAI's own clients, under the same policy as /ephemeral-key.
import { z } from "zod";
import { ttlSchema } from "../../profiles/profile.ts";
import type { Handler, Middleware } from "../context.ts";
import {
  checkKeyRequest,
  type EphemeralKeyServices,
  mintFor,
  type ProfileServices,
  readKeyRequestBody,
  readKeyRequestQuery,
  resolveProfile,
} from "./ephemeral-key.ts";

/** The body, as OpenAI's package sends it. */
export const clientSecretBody = z.strictObject({
  expires_after: z
    .strictObject({
      anchor: z.literal("created_at").optional(),
      seconds: ttlSchema.optional().describe("At most what the profile says."),
    })
    .optional(),
  session: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("What the profile says, or session fields that its `overrides` allow."),
});

/** Reads the key request, and finds what the caller may have of it: `?profile=`, or the default. */
export const readSecretRequest = (services: ProfileServices): Middleware =>
  async function readSecretRequest(c, next) {
    const { profile } = readKeyRequestQuery(c);
    const { session, expires_after: expiry } = checkKeyRequest(clientSecretBody, await readKeyRequestBody(c));
    resolveProfile(c, services, { profile, session, ttlSeconds: expiry?.seconds });
    await next();
  };

/** Answers as OpenAI does, with the part of the session that may leave. */
export const clientSecret =
  (services: Pick<EphemeralKeyServices, "mint">): Handler =>
  async (c) => {
    const { value, expires_at, session } = await mintFor(c, services);
    const { id, type, model, output_modalities, voice } = session;
    const object = type === "realtime" ? "realtime.session" : "realtime.transcription_session";
    const told = { object, id, type, model, output_modalities, audio: { output: { voice } } };
    return c.json({ value, expires_at, session: told }, 200, { "cache-control": "no-store" });
  };

// POST /v1/realtime/client_secrets: minting for OpenAI's own clients, under the same policy as /ephemeral-key.
import { z } from "zod";
import type { KeyRequest } from "../../profiles/compose.ts";
import { ttlSchema } from "../../profiles/profile.ts";
import { jsonAnswer } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { reserveMint } from "../middleware/budgets.ts";
import {
  countMint,
  KEY_REQUEST_BYTES,
  keyRequestQuery,
  readKeyRequestBody,
  readKeyRequestQuery,
  resolveProfile,
  resolveRealtime,
  upstreamFailures,
} from "../middleware/key-request.ts";
import { limitInFlight } from "../middleware/limits.ts";
import { checkLoad } from "../middleware/load.ts";
import { readTagHeader } from "../middleware/tags.ts";
import { clientSecretSchema } from "../openapi/response-schemas.ts";
import { operation, step } from "../operation.ts";
import type { LimitedBody } from "../request/body.ts";
import { bodyFailures, limitBody } from "../request/body.ts";
import { keyFor } from "./ephemeral-key.ts";

/** The body, as OpenAI's package sends it. */
const clientSecretBody = z.strictObject({
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

const readKeyRequest = step(
  ["key-request-invalid", ...bodyFailures],
  async ({
    query,
    body,
  }: RequestFacts & { body: LimitedBody | undefined }): Promise<{ keyRequest: KeyRequest }> => {
    const { profile } = readKeyRequestQuery(query);
    const { session, expires_after: expiry } = await readKeyRequestBody(clientSecretBody, body);
    return { keyRequest: { profile, session, ttlSeconds: expiry?.seconds } };
  },
);

/** Answers as OpenAI does, with the part of the session that may leave. */
export const clientSecret = operation({
  routes: { "POST /v1/realtime/client_secrets": "createClientSecret" },
  summary: "Mint a key as OpenAI's own clients do",
  description:
    "The same as /ephemeral-key, in the shape of OpenAI's address: the profile decides what the session is, and how long the key lives at most.",
  query: keyRequestQuery,
  body: clientSecretBody,
  answer: jsonAnswer("A fresh key.", clientSecretSchema),
  failures: [...upstreamFailures, "request-malformed", "store-unavailable"],
})
  .step(checkLoad("voice"))
  .step(acceptWork)
  .step(authenticate)
  .step(limitInFlight)
  .step(readTagHeader)
  .step(limitBody(KEY_REQUEST_BYTES))
  .step(readKeyRequest)
  .step(resolveProfile)
  .step(resolveRealtime)
  .step(countMint)
  .step(reserveMint)
  .handle(async (facts, services: Parameters<typeof keyFor>[1]) => {
    const { value, expires_at, session, supervision } = await keyFor(facts, services);
    const { id, model, output_modalities, voice } = session;
    const { sessionType: type } = facts;
    const object = type === "realtime" ? "realtime.session" : "realtime.transcription_session";
    const told = { object, id, type, model, output_modalities, audio: { output: { voice } } } as const;
    return { value, expires_at, session: told, ...(supervision && { supervision }) };
  });

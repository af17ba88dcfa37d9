// The shapes of the JSON answers, for the service's description and the checks of it.
import { z } from "zod";

export const healthSchema = z.strictObject({ status: z.enum(["ok", "ready"]) });

const sessionDoc =
  "What a page needs to know of the session. Its instructions and tools are not repeated here, but are no secret from its holder: OpenAI shows them in `session.created`.";

const supervisionSchema = z
  .strictObject({
    session: z.string().regex(/^vs_/).describe("The session's name here. It begins when the ticket is used."),
    grant: z
      .string()
      .regex(/^vg_/)
      .describe(
        "A bearer token with which the page asks how its session stands, ends it, and calls its tools.",
      ),
    server_tools: z
      .array(z.string())
      .describe("The tools that the service runs: the page leaves their calls alone."),
  })
  .optional()
  .describe(
    "Present where the profile is supervised: then `value` is a ticket for one session, which this service takes once.",
  );

export const ephemeralKeySchema = z.strictObject({
  value: z
    .string()
    .regex(/^ek_/)
    .describe("The key, or a ticket of this service's. It goes as a bearer token to `connect`."),
  expires_at: z.int().describe("Unix seconds. Until then the key can start sessions; a started one goes on."),
  profile: z.string().describe("The profile that was used."),
  session: z
    .strictObject({
      id: z.string().nullable(),
      type: z.enum(["realtime", "transcription", "live"]),
      model: z.string().nullable(),
      output_modalities: z.array(z.string()).nullable(),
      voice: z.string().nullable(),
    })
    .describe(sessionDoc),
  connect: z
    .strictObject({
      webrtc: z.url().describe("Where the browser posts its SDP offer."),
      websocket: z.url().describe("Where a WebSocket client connects."),
      live: z
        .url()
        .optional()
        .describe(
          "Present for GPT-Live: where the browser posts `{sdp}`. The other two addresses then refuse the ticket.",
        ),
    })
    .describe("The key works at these addresses only: OpenAI's, or for a supervised session this service's."),
  supervision: supervisionSchema,
  usage_reports: z
    .literal(true)
    .optional()
    .describe("Present where the page is asked to report what the session uses, to /usage/reports."),
});

/** OpenAI's answer to a GPT-Live session's start. */
export const liveSessionSchema = z.strictObject({
  session: z.strictObject({ id: z.string().describe("OpenAI's name of the session.") }),
  transport: z.strictObject({ type: z.literal("webrtc"), sdp: z.string().describe("OpenAI's SDP answer.") }),
});

export const challengeSchema = z.strictObject({
  parameters: z.strictObject({
    algorithm: z.literal("PBKDF2/SHA-256"),
    nonce: z.string().describe("Hexadecimal. The password is this, then the guess as 4 bytes, big-endian."),
    salt: z.string().describe("Hexadecimal."),
    cost: z.int().describe("Rounds of PBKDF2."),
    keyLength: z.int().describe("Bytes of the derived key."),
    keyPrefix: z.string().describe("Hexadecimal. What the derived key of the right guess begins with."),
    expiresAt: z.int().describe("Unix seconds."),
    data: z.strictObject({ for: z.string() }).describe("A hash of the address it is for."),
  }),
  signature: z.string().describe("Ours. The solution goes back together with all of this."),
});

export const toolListSchema = z.strictObject({
  tools: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string(),
      parameters: z.record(z.string(), z.unknown()).describe("JSON Schema of the arguments."),
      profiles: z.array(z.string()).describe("Which of the caller's profiles offer it."),
    }),
  ),
});

export const problemSchema = z.strictObject({
  type: z.string().describe("`/problems/<code>`, a page that explains it."),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe("What was wrong here, and what to do."),
  instance: z.string().describe("The request's id, as in the header `x-request-id` and the log."),
  user_message: z.string().optional().describe("A sentence for the page's user, apart from `detail`."),
  errors: z
    .array(
      z.strictObject({ pointer: z.string().describe("JSON pointer into the input."), detail: z.string() }),
    )
    .optional(),
  "violated-policies": z
    .array(z.string())
    .optional()
    .describe("The limits that are used up, by their names in `RateLimit-Policy`."),
});

/** Refusals under /v1, as OpenAI words them. */
export const openAiErrorSchema = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable().describe("What of the request was wrong."),
    code: z.string().nullable(),
  }),
});

export const clientSecretSchema = z.strictObject({
  value: z.string().regex(/^ek_/).describe("The key. It goes to OpenAI as a bearer token."),
  expires_at: z.int().describe("Unix seconds."),
  session: z
    .strictObject({
      object: z.enum(["realtime.session", "realtime.transcription_session"]),
      id: z.string().nullable(),
      type: z.enum(["realtime", "transcription"]),
      model: z.string().nullable(),
      output_modalities: z.array(z.string()).nullable(),
      audio: z.strictObject({ output: z.strictObject({ voice: z.string().nullable() }) }),
    })
    .describe(sessionDoc),
  supervision: supervisionSchema,
});

// The schema of broker.yaml, composed of the schemas of the modules that read its parts.
import { z } from "zod";
import { allowSchema } from "../auth/allow.ts";
import { challengeSchema } from "../auth/guests/challenges.ts";
import { guestsSchema } from "../auth/guests/guests.ts";
import { issuerSchema } from "../auth/jwt/issuers.ts";
import { operatorsSchema } from "../auth/operators.ts";
import { signerSchema } from "../auth/signatures/signers.ts";
import { tokenSchema } from "../auth/tokens/tokens.ts";
import { userSchema } from "../auth/users/users.ts";
import { budgetsSchema } from "../budgets/budget.ts";
import { alertsSchema } from "../budgets/webhook-config.ts";
import { limitsSchema, roleLimitsSchema } from "../limits/limits.ts";
import { identifierSchema } from "../names.ts";
import { clientCertificateSchema } from "../net/client-certificates.ts";
import { profileSchema } from "../profiles/profile.ts";
import { ratesSchema } from "../rates.ts";
import { relayRuleFields } from "../relay/policy/rules.ts";
import { secretsSchema } from "../secrets/options.ts";
import { voiceLimitsSchema } from "../sessions/start/voice-limits.ts";
import { httpToolSchema } from "../tools/http-tool.ts";
import { mcpServerNameSchema, mcpServerSchema } from "../tools/mcp/servers.ts";
import { openApiSourceSchema } from "../tools/openapi/source.ts";
import { upstreamKeySchema } from "../upstream/keys.ts";
import { pricesSchema } from "../usage/prices/price-list.ts";

const toolRuleSchema = z.strictObject({
  allow: allowSchema
    .default(["everyone"])
    .describe("Who may call it, among those who may use a profile that offers it."),
  limit: ratesSchema
    .default([])
    .describe("How often all callers together may call it, such as `100 per minute`."),
});

/** One entry of `relay`. */
export const relayRuleSchema = z.strictObject({
  allow: allowSchema.describe("The callers it is for. The first entry that admits a caller decides."),
  ...relayRuleFields,
});

const origin = z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, {
  error: "must be an origin such as https://app.example.com, without a path",
});

const unique = (field: string) => (entries: readonly Record<string, unknown>[]) =>
  new Set(entries.map((entry) => entry[field])).size === entries.length;

/** The profile `default` where no profile is configured. */
const builtInProfile = {
  session: {
    type: "realtime",
    model: "gpt-realtime-2.1",
    instructions:
      "You are a friendly voice assistant. Answer in one or two short sentences. Use the tools for the time and for units.",
    audio: {
      input: { transcription: { model: "gpt-transcribe" }, turn_detection: { type: "semantic_vad" } },
      output: { voice: "marin" },
    },
  },
  tools: ["current_time", "convert_units"],
} satisfies z.input<typeof profileSchema>;

export const brokerFileSchema = z.strictObject({
  // Checked setting by setting, together with the environment.
  settings: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("Plain settings. Each can also come from the environment, which then decides."),
  secrets: secretsSchema
    .default(() => secretsSchema.parse({}))
    .describe("Where secrets are kept, for references such as file:/run/secrets/openai."),
  cors: z
    .strictObject({
      origins: z
        .array(origin)
        .default([])
        .describe("Origins such as https://app.example.com, without a path."),
    })
    .default({ origins: [] })
    .describe("Web pages on other origins that may call. The service's own page needs no entry."),
  callers: z
    .strictObject({
      guests: guestsSchema.default("none"),
      challenge: challengeSchema
        .optional()
        .describe("Guests from anywhere first solve a proof of work (ALTCHA)."),
      tokens: z
        .array(tokenSchema)
        .refine(unique("name"), "each name may stand once")
        .default([])
        .describe("Fixed tokens, for a few programs that change with a restart."),
      signers: z
        .array(signerSchema)
        .refine(unique("name"), "each name may stand once")
        .default([])
        .describe("Servers that sign their requests with a shared secret."),
      issuers: z
        .array(issuerSchema)
        .refine(unique("issuer"), "each issuer may stand once")
        .default([])
        .describe("Identity providers whose signed tokens (JWT) are accepted."),
    })
    .default({ guests: "none", tokens: [], signers: [], issuers: [] })
    .describe("Who may call. At least one way must be configured."),
  upstream_keys: z
    .array(upstreamKeySchema)
    .refine(unique("name"), "each name may stand once")
    .default([])
    .describe("Keys at OpenAI. OPENAI_API_KEY, where it is set, is one more, called `default`."),
  client_certificates: z
    .array(clientCertificateSchema)
    .refine(unique("origin"), "each origin may stand once")
    .default([])
    .describe("What the service presents to servers that ask for a client certificate (mutual TLS)."),
  users: z
    .array(userSchema)
    .refine(unique("name"), "each name may stand once")
    .default([])
    .describe("Users of the service's own that the start creates, and gives what their entries say."),
  limits: limitsSchema.describe("How often: rates such as `5 per minute, 100 per day`, or none."),
  roles: roleLimitsSchema.describe(
    "Limits of roles, by the role's name. The first that a caller has decides.",
  ),
  budgets: budgetsSchema.describe(
    "How much may be used per day or month: requests, tokens, minutes and cost. All that are for a caller must have room.",
  ),
  voice_limits: voiceLimitsSchema.describe(
    "What supervised sessions may use beside the limits of their profile. All that are for a caller hold.",
  ),
  alerts: alertsSchema.describe("Where budgets that are nearly used up are told, beside the log."),
  operators: operatorsSchema
    .default({ allow: [] })
    .describe("Who may see what everybody used, at /admin and GET /usage, and change users."),
  metrics: z
    .strictObject({ allow: allowSchema.default([]).describe("The callers, such as token:prometheus.") })
    .default({ allow: [] })
    .describe("Who may read GET /metrics. No caller by default."),
  profiles: z
    .record(identifierSchema, profileSchema)
    .default(() => ({ default: profileSchema.parse(builtInProfile) }))
    .describe("What a session may be, by the profile's name. Callers who name none get `default`."),
  tools: z
    .record(identifierSchema, httpToolSchema)
    .default({})
    .describe("Tools that are an HTTP request, by the tool's name."),
  openapi: z.array(openApiSourceSchema).default([]).describe("APIs whose operations become tools."),
  mcp_servers: z
    .record(mcpServerNameSchema, mcpServerSchema)
    .default({})
    .describe("MCP servers, by a name that begins the names of their tools: SERVER__TOOL."),
  tools_dir: z.string().min(1).optional().describe("A folder of tools in code, relative to broker.yaml."),
  // For all tools, wherever they come from.
  tool_rules: z
    .record(z.string(), toolRuleSchema)
    .default({})
    .describe("Who may call a tool and how often, by the tool's name, wherever it comes from."),
  // `relayEntriesOf` has the default.
  relay: z
    .record(z.string(), relayRuleSchema)
    .optional()
    .describe(
      "What is relayed to OpenAI under /v1, by a name for the callers. Left out, inference is open to all but guests from anywhere.",
    ),
  prices: pricesSchema
    .default({ models: {}, tiers: {} })
    .describe("What models cost, where the list of prices does not know it or you pay another price."),
});

export type BrokerFile = z.output<typeof brokerFileSchema>;

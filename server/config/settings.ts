// The plain settings, one row each. The environment takes precedence over `settings:` in broker.yaml. The reference is
// made of these rows, and a test holds broker.example.yaml against them.
import { z } from "zod";
import { basePathSchema } from "../http/server/base-path.ts";
import { networksSchema } from "../net/address.ts";
import { markSecret, secretText } from "../secret-schema.ts";
import { parseDatabaseUrl } from "../store/database.ts";
import { baseUrlSchema, keySecretSchema, OPENAI_URL } from "../upstream/keys.ts";
import { flag, integer, texts } from "./setting-types.ts";
import { bookSettings } from "./settings-books.ts";
import { networkSettings } from "./settings-network.ts";
import { observeSettings } from "./settings-observe.ts";
import { stopSettings } from "./settings-stop.ts";

export const settings = {
  port: {
    env: "PORT",
    schema: integer(0, 65_535),
    default: 8787,
    doc: "Where to listen. 0 takes a free port.",
  },
  host: {
    env: "HOST",
    schema: z.string().min(1),
    default: "127.0.0.1",
    doc: "The address to listen on. The container image sets 0.0.0.0.",
  },
  base_path: {
    env: "BASE_PATH",
    schema: basePathSchema,
    default: "/",
    doc: "The path below which callers find the service, such as /voice. What stands in front may take it off or leave it.",
  },
  openai_api_key: {
    env: "OPENAI_API_KEY",
    schema: keySecretSchema,
    default: undefined,
    doc: "Your OpenAI key. It never leaves this service.",
  },
  openai_base_url: {
    env: "OPENAI_BASE_URL",
    schema: baseUrlSchema,
    default: OPENAI_URL,
    doc: "OpenAI's address, for example https://eu.api.openai.com/v1. Browsers connect to the same one.",
  },
  openai_organization: {
    env: "OPENAI_ORG_ID",
    schema: z.string().min(1),
    default: undefined,
    doc: "The organization to bill, where the key belongs to several.",
  },
  openai_project: {
    env: "OPENAI_PROJECT_ID",
    schema: z.string().min(1),
    default: undefined,
    doc: "The project to bill. One with a hard spending limit is the best backstop.",
  },
  openai_timeout_ms: {
    env: "OPENAI_TIMEOUT_MS",
    schema: integer(100, 60_000),
    default: 8000,
    doc: "How long a call to OpenAI may take, in milliseconds.",
  },
  new_openai_names: {
    env: "NEW_OPENAI_NAMES",
    schema: texts,
    default: undefined,
    doc: "Voices and models of OpenAI's that are newer than this version, with commas between. Others that OpenAI is known not to have stop the start.",
  },
  relay_timeout_seconds: {
    env: "RELAY_TIMEOUT_SECONDS",
    schema: integer(1, 3600),
    default: 600,
    doc: "How long OpenAI may take to begin its answer to a relayed request, in seconds.",
  },
  relay_idle_seconds: {
    env: "RELAY_IDLE_SECONDS",
    schema: integer(1, 3600),
    default: 300,
    doc: "How long a relayed answer may pause, in seconds.",
  },
  relay_cache: {
    env: "RELAY_CACHE",
    schema: z.enum(["memory", "redis"]),
    default: "memory",
    doc: "Where answers are kept for entries of `relay` with cache_seconds: memory or redis.",
  },
  relay_cache_bytes: {
    env: "RELAY_CACHE_BYTES",
    schema: integer(1_048_576, 17_179_869_184),
    default: 67_108_864,
    doc: "How much memory those answers may take.",
  },
  redis_url: {
    env: "REDIS_URL",
    schema: secretText(
      z.url({ protocol: /^rediss?$/, error: "must be an address such as redis://localhost:6379" }),
      { sample: "redis://secret-that-was-not-read:6379", isEncoded: true },
    ),
    default: undefined,
    doc: "Redis or Valkey, where several replicas count limits together. Without it each counts by itself.",
  },
  safety_identifier_salt: {
    env: "SAFETY_IDENTIFIER_SALT",
    schema: secretText(z.string().min(1)),
    default: undefined,
    doc: "Keys the hash of user ids that OpenAI gets as safety identifiers; changing it changes them all. Without it a random one is kept in the database.",
  },
  trusted_proxies: {
    env: "TRUSTED_PROXIES",
    schema: networksSchema,
    default: undefined,
    doc: "The proxies in front of this service, such as `10.0.0.0/8, 127.0.0.1`: they are believed when they name a caller's address.",
  },
  forwarded_header: {
    env: "FORWARDED_HEADER",
    schema: z.enum(["x-forwarded-for", "forwarded"]),
    default: "x-forwarded-for",
    doc: "The header in which those proxies name it: x-forwarded-for or forwarded. The other one is not read.",
  },
  header_timeout_seconds: {
    env: "HEADER_TIMEOUT_SECONDS",
    schema: integer(1, 600),
    default: 10,
    doc: "How long a request's headers may take to arrive, in seconds.",
  },
  request_timeout_seconds: {
    env: "REQUEST_TIMEOUT_SECONDS",
    schema: integer(1, 600),
    default: 30,
    doc: "How long a whole request may take to arrive, and an answer to be taken, in seconds.",
  },
  log_addresses: {
    env: "LOG_ADDRESSES",
    schema: z.enum(["hashed", "plain", "none"]),
    default: "hashed",
    doc: "How callers' addresses stand in the log: hashed (anew each day), plain or none.",
  },
  body_memory_bytes: {
    env: "BODY_MEMORY_BYTES",
    schema: integer(67_108_864, 17_179_869_184),
    default: 268_435_456,
    doc: "How much memory request bodies may take together. One caller gets about a quarter of it.",
  },
  page: {
    env: "PAGE",
    schema: flag,
    default: true,
    doc: "Whether to serve the voice page at `/`.",
  },
  ...stopSettings,
  database_url: {
    env: "DATABASE_URL",
    schema: markSecret(
      z
        .string()
        .transform(parseDatabaseUrl)
        .refine(
          (address) => address !== undefined,
          "must be sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME",
        ),
      { sample: "postgres://secret-that-was-not-read/name", isEncoded: true },
    ),
    default: "sqlite:data/broker.db",
    doc: "Where users and the books are kept: sqlite:FILE, or postgres://… for several replicas.",
  },
  token_hash_key: {
    env: "TOKEN_HASH_KEY",
    schema: secretText(z.string().min(32, "must have at least 32 characters")),
    default: undefined,
    doc: "Keys the hashes of users' tokens, and signs guests' challenges. Without it a random key is kept in the database.",
  },
  ...bookSettings,
  ...observeSettings,
  ...networkSettings,
} as const;

type Rows = typeof settings;
export type SettingName = keyof Rows;

/** All settings, parsed. */
export type Settings = {
  [Name in SettingName]:
    | z.output<Rows[Name]["schema"]>
    | (Rows[Name]["default"] extends undefined ? undefined : never);
};

/** Some settings, as a configuration has them. */
export type SettingsInput = { [Name in SettingName]?: z.input<Rows[Name]["schema"]> | undefined };

export const settingNames = Object.keys(settings) as SettingName[];

// The plain settings, one row each. The environment takes precedence over `settings:` in broker.yaml. The reference is
// made of these rows, and a test holds broker.example.yaml against them.
import { z } from "zod";
import { basePathSchema } from "../http/server/base-path.ts";
import { networksSchema } from "../net/address.ts";
import { markSecret, secretText } from "../secret-schema.ts";
import { parseDatabaseUrl } from "../store/database.ts";
import { flag, integer, type SettingRow } from "./setting-types.ts";
import { bookSettings } from "./settings-books.ts";
import { networkSettings } from "./settings-network.ts";
import { observeSettings } from "./settings-observe.ts";
import { redisSettings } from "./settings-redis.ts";
import { stopSettings } from "./settings-stop.ts";
import { upstreamSettings } from "./settings-upstream.ts";

export const settings = {
  port: {
    env: "PORT",
    schema: integer(0, 65_535),
    default: 8787,
    reload: "restart",
    doc: "Where to listen. 0 takes a free port.",
  },
  host: {
    env: "HOST",
    schema: z.string().min(1),
    default: "127.0.0.1",
    reload: "restart",
    doc: "The address to listen on. The container image sets 0.0.0.0.",
  },
  base_path: {
    env: "BASE_PATH",
    schema: basePathSchema,
    default: "/",
    reload: "restart",
    doc: "The path below which callers find the service, such as /voice. What stands in front may take it off or leave it.",
  },
  ...upstreamSettings,
  ...redisSettings,
  safety_identifier_salt: {
    env: "SAFETY_IDENTIFIER_SALT",
    schema: secretText(z.string().min(1)),
    default: undefined,
    reload: "restart",
    doc: "Keys the hash of user ids that OpenAI gets as safety identifiers; changing it changes them all. Without it a random one is kept in the database.",
  },
  trusted_proxies: {
    env: "TRUSTED_PROXIES",
    schema: networksSchema,
    default: undefined,
    reload: "live",
    doc: "The proxies in front of this service, such as `10.0.0.0/8, 127.0.0.1`: they are believed when they name a caller's address.",
  },
  forwarded_header: {
    env: "FORWARDED_HEADER",
    schema: z.enum(["x-forwarded-for", "forwarded"]),
    default: "x-forwarded-for",
    reload: "live",
    doc: "The header in which those proxies name it: x-forwarded-for or forwarded. The other one is not read.",
  },
  header_timeout_seconds: {
    env: "HEADER_TIMEOUT_SECONDS",
    schema: integer(1, 600),
    default: 10,
    reload: "live",
    doc: "How long a request's headers may take to arrive, in seconds.",
  },
  request_timeout_seconds: {
    env: "REQUEST_TIMEOUT_SECONDS",
    schema: integer(1, 600),
    default: 30,
    reload: "live",
    doc: "How long a whole request may take to arrive, and an answer to be taken, in seconds.",
  },
  log_addresses: {
    env: "LOG_ADDRESSES",
    schema: z.enum(["hashed", "plain", "none"]),
    default: "hashed",
    reload: "live",
    doc: "How callers' addresses stand in the log: hashed (anew each day), plain or none.",
  },
  body_memory_bytes: {
    env: "BODY_MEMORY_BYTES",
    schema: integer(67_108_864, 17_179_869_184),
    default: 268_435_456,
    reload: "restart",
    doc: "How much memory request bodies may take together. One caller gets about a quarter of it.",
  },
  page: {
    env: "PAGE",
    schema: flag,
    default: true,
    reload: "live",
    doc: "Whether to serve the voice page at `/`.",
  },
  ...stopSettings,
  reload: {
    env: "RELOAD",
    schema: z.enum(["watch", "signal"]),
    default: "watch",
    reload: "live",
    doc: "When the configuration is read anew: watch (broker.yaml, .env or a description of openapi has changed) or signal. SIGHUP and `broker reload` do it always.",
  },
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
    reload: "restart",
    doc: "Where users and the books are kept: sqlite:FILE, or postgres://… for several replicas.",
  },
  token_hash_key: {
    env: "TOKEN_HASH_KEY",
    schema: secretText(z.string().min(32, "must have at least 32 characters")),
    default: undefined,
    reload: "restart",
    doc: "Keys the hashes of users' tokens, and signs guests' challenges. Without it a random key is kept in the database.",
  },
  ...bookSettings,
  ...observeSettings,
  ...networkSettings,
} as const satisfies Record<string, SettingRow>;

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

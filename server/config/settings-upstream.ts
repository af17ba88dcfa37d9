// The plain settings, continued: OpenAI, and what is relayed to it.
import { z } from "zod";
import { baseUrlSchema, keySecretSchema, OPENAI_URL } from "../upstream/keys.ts";
import { integer, type SettingRow, texts } from "./setting-types.ts";

export const upstreamSettings = {
  openai_api_key: {
    env: "OPENAI_API_KEY",
    schema: keySecretSchema,
    default: undefined,
    reload: "live",
    doc: "Your OpenAI key. It never leaves this service.",
  },
  openai_admin_key: {
    env: "OPENAI_ADMIN_KEY",
    schema: keySecretSchema,
    default: undefined,
    reload: "restart",
    doc: "An admin key, with which keys are rotated (`rotate` of upstream_keys). Set it where the service is to rotate, on one replica or all.",
  },
  openai_base_url: {
    env: "OPENAI_BASE_URL",
    schema: baseUrlSchema,
    default: OPENAI_URL,
    reload: "live",
    doc: "OpenAI's address, for example https://eu.api.openai.com/v1. Browsers connect to the same one.",
  },
  openai_organization: {
    env: "OPENAI_ORG_ID",
    schema: z.string().min(1),
    default: undefined,
    reload: "live",
    doc: "The organization to bill, where the key belongs to several.",
  },
  openai_project: {
    env: "OPENAI_PROJECT_ID",
    schema: z.string().min(1),
    default: undefined,
    reload: "live",
    doc: "The project to bill. One with a hard spending limit is the best backstop.",
  },
  openai_timeout_ms: {
    env: "OPENAI_TIMEOUT_MS",
    schema: integer(100, 60_000),
    default: 8000,
    reload: "live",
    doc: "How long a call to OpenAI may take, in milliseconds.",
  },
  new_openai_names: {
    env: "NEW_OPENAI_NAMES",
    schema: texts,
    default: undefined,
    reload: "live",
    doc: "Voices and models of OpenAI's that are newer than this version, with commas between. Others that OpenAI is known not to have stop the start.",
  },
  relay_timeout_seconds: {
    env: "RELAY_TIMEOUT_SECONDS",
    schema: integer(1, 3600),
    default: 600,
    reload: "live",
    doc: "How long OpenAI may take to begin its answer to a relayed request, in seconds.",
  },
  relay_idle_seconds: {
    env: "RELAY_IDLE_SECONDS",
    schema: integer(1, 3600),
    default: 300,
    reload: "live",
    doc: "How long a relayed answer may pause, in seconds.",
  },
  relay_cache: {
    env: "RELAY_CACHE",
    schema: z.enum(["memory", "redis"]),
    default: "memory",
    reload: "restart",
    doc: "Where answers are kept for entries of `relay` with cache_seconds: memory or redis.",
  },
  relay_cache_bytes: {
    env: "RELAY_CACHE_BYTES",
    schema: integer(1_048_576, 17_179_869_184),
    default: 67_108_864,
    reload: "restart",
    doc: "How much memory those answers may take.",
  },
} as const satisfies Record<string, SettingRow>;

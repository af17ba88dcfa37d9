// Doctor finds what is wrong on OpenAI's side, each fault planted alone: it names that one, and nothing else.
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { startEmulator } from "../../emulator/emulator.ts";
import { systemClock } from "../../server/clock.ts";
import { diagnose, type Patient } from "../support/doctor.ts";

const emulator = await startEmulator();
afterAll(() => emulator.close());

const KEY = "sk-proj-planted-secret-0123456789abcdef";
const ADMIN_KEY = "sk-admin-planted-secret-0123456789abcdef";
const { origin } = new URL(emulator.baseUrl);

const tell = (method: string, path: string, body?: unknown) =>
  fetch(`${origin}/emulator/${path}`, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    }),
  });

beforeEach(async () => {
  await tell("DELETE", "faults");
  await tell("DELETE", "script");
});

const patient = (env: Record<string, string> = {}, more: Partial<Patient> = {}): Patient => ({
  env: { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: emulator.baseUrl, ...env },
  ...more,
});

const fail = (path: string, fault: Record<string, unknown>) =>
  tell("POST", "faults", { path, times: 100, ...fault });
const refuse = (path: string, status: number, code: string | null, message = "Not so.") =>
  fail(path, { status, body: { error: { message, type: "invalid_request_error", code, param: null } } });

const MODELS = "/v1/models";
const MINTS = "/v1/realtime/client_secrets";
const CALLS = "/v1/realtime/calls";

it("finds nothing wrong where all is well, and says so in a line each", async () => {
  const { examined, wrong } = await diagnose(patient({ OPENAI_ADMIN_KEY: ADMIN_KEY }));
  expect(wrong).toEqual([]);
  expect(examined.flatMap(({ findings }) => findings.map(({ check, level }) => [check, level]))).toEqual(
    [
      "dns",
      "network",
      "base-url",
      "clock",
      "key-format",
      "key",
      "models",
      "minting",
      "session",
      "call",
      "latency",
    ]
      .concat("admin-key")
      .map((check) => [check, "ok"]),
  );
  const calls = (await (await tell("GET", "calls")).json()) as {
    calls: { transport: string; open: boolean }[];
  };
  expect(calls.calls.filter(({ open }) => open)).toEqual([]);
  expect(calls.calls.map(({ transport }) => transport).toSorted()).toEqual(["webrtc", "websocket"]);
});

it("opens no session and no call where none is wanted", async () => {
  const before = ((await (await tell("GET", "calls")).json()) as { calls: unknown[] }).calls.length;
  const { examined, wrong } = await diagnose(patient({}, { withSession: false }));
  expect(wrong).toEqual([]);
  expect(examined.map(({ id }) => id)).not.toContain("session");
  expect(((await (await tell("GET", "calls")).json()) as { calls: unknown[] }).calls).toHaveLength(before);
});

// Each plants its fault in the emulator, or answers the configuration that has it.
type Plant = () => Promise<unknown> | Patient;

const key = (secret: string) => () => patient({ OPENAI_API_KEY: secret });
const address = (url: string) => () => patient({ OPENAI_BASE_URL: url });
const isPatient = (planted: unknown): planted is Patient =>
  typeof planted === "object" && planted !== null && "env" in planted;

const planted: Record<string, [fault: string, plant: Plant]> = {
  "a port where nothing listens": ["network.refused", address("http://127.0.0.1:9/v1")],
  "TLS at a server that has none": ["tls.failed", address(emulator.baseUrl.replace("http", "https"))],
  "a path without an API": ["base-url.path", address(`${origin}/v2`)],
  "the address of an endpoint": ["base-url.endpoint", address(`${emulator.baseUrl}/realtime`)],
  "a page in place of the API": [
    "base-url.page",
    () => fail(MODELS, { body: "<!doctype html><title>Hello" }),
  ],
  "a redirect": [
    "base-url.redirect",
    () => fail(MODELS, { status: 301, body: "", headers: { location: "https://example.com" } }),
  ],
  "something else that answers": [
    "base-url.unreadable",
    () => fail(MODELS, { status: 200, body: "It works!" }),
  ],
  "a proxy in between that wants credentials": ["proxy.refused", () => fail(MODELS, { status: 407 })],
  "a clock ten minutes ahead": [
    "clock.skew",
    () => patient({}, { world: { clock: { ...systemClock, now: () => Date.now() + 600_000 } } }),
  ],
  "quotes around the key": ["key-format.quotes", key(`"${KEY}"`)],
  "an admin key": ["key-format.admin", key(ADMIN_KEY)],
  "a browser's key": ["key-format.ephemeral", key("ek_0123456789abcdef0123456789")],
  "the site's session key": ["key-format.session", key("sess-0123456789abcdef0123456789")],
  "an example in place of the key": ["key-format.placeholder", key("sk-proj-...")],
  "a key that OpenAI does not know": [
    "key.unknown",
    () => refuse(MODELS, 401, "invalid_api_key", `Incorrect API key provided: ${KEY}. Look it up.`),
  ],
  "another organization's key": ["key.organization", () => refuse(MODELS, 401, "mismatched_organization")],
  "another project's key": ["key.project", () => refuse(MODELS, 401, "mismatched_project")],
  "a deactivated account": ["key.deactivated", () => refuse(MODELS, 401, "account_deactivated")],
  "a country that OpenAI does not serve": [
    "key.region",
    () => refuse(MODELS, 403, "unsupported_country_region_territory"),
  ],
  "an outage": ["key.failed", () => fail(MODELS, { status: 503 })],
  "a rate limit": ["limits.reached", () => fail(MODELS, { status: 429 })],
  "a model that the account has not": [
    "models.missing",
    () => fail(MODELS, { status: 200, body: { object: "list", data: [{ id: "gpt-realtime-mini" }] } }),
  ],
  "a model that is about to go": [
    "models.ending",
    () => {
      const shutdown_date = new Date(Date.now() + 30 * 86_400_000).toISOString();
      return fail(MODELS, { status: 200, body: { data: [{ id: "gpt-realtime-2.1", shutdown_date }] } });
    },
  ],
  "a restricted key": ["scopes.missing", () => refuse(MINTS, 401, "missing_scope")],
  "a spending limit that is reached": ["quota.exhausted", () => refuse(MINTS, 429, "insufficient_quota")],
  "a session that OpenAI refuses": ["minting.refused", () => refuse(MINTS, 400, "invalid_value")],
  "a mint that is none": ["minting.unreadable", () => fail(MINTS, { status: 200, body: { value: "none" } })],
  "a key without billing": [
    "quota.exhausted",
    () => tell("PUT", "script", { turns: [{ fails: "insufficient_quota" }] }),
  ],
  "a model that fails": [
    "session.failed",
    () => tell("PUT", "script", { turns: [{ fails: "server_error" }] }),
  ],
  "WebSockets that do not open": ["session.refused", () => fail("/v1/realtime", { status: 403 })],
  "a WebRTC offer that is refused": ["webrtc.refused", () => refuse(CALLS, 400, "invalid_offer")],
  "a sideband that may not join": [
    "sideband.refused",
    async () => {
      await fail("/v1/realtime", { delay_ms: 1, times: 1 });
      await fail("/v1/realtime", { status: 404 });
    },
  ],
  "a call that cannot be hung up": ["hangup.failed", () => fail(`${CALLS}/*`, { status: 500 })],
  "an admin key without rights": [
    "admin-key.refused",
    async () => {
      await refuse("/v1/organization/*", 403, null);
      return patient({ OPENAI_ADMIN_KEY: ADMIN_KEY });
    },
  ],
};

describe("a planted fault is named, and nothing else", () => {
  it.each(Object.entries(planted))("%s", async (_, [fault, plant]) => {
    const result = await plant();
    const { wrong, findings, examined } = await diagnose(isPatient(result) ? result : patient());
    expect(wrong).toEqual([fault]);
    for (const { cause, fix } of findings.filter(({ check }) => check === fault)) {
      expect(cause).toMatch(/\.$/);
      expect(fix).toMatch(/\.$/);
    }
    expect(JSON.stringify(examined)).not.toMatch(/planted-secret|0123456789/);
  });
});

it("tells mistakes of the configuration in place of the rest", async () => {
  const { wrong, examined } = await diagnose(patient({ OPENAI_TIMEOUT_MS: "soon" }));
  expect(wrong).toEqual(["configuration.mistake"]);
  expect(examined).toHaveLength(1);
});

// Plain settings, from the file and from the environment.
import { describe, expect, it } from "vitest";
import { configOf, problemsIn } from "../../support/configuration.ts";

const settingsOf = (yaml: string, env: Record<string, string> = {}) => configOf(yaml, env).settings;

it("has a default for everything but the key and whom to bill", () => {
  expect(settingsOf("")).toEqual({
    port: 8787,
    host: "127.0.0.1",
    base_path: "",
    openai_api_key: undefined,
    openai_base_url: "https://api.openai.com/v1",
    openai_organization: undefined,
    openai_project: undefined,
    openai_timeout_ms: 8000,
    relay_timeout_seconds: 600,
    relay_idle_seconds: 300,
    relay_cache: "memory",
    redis_cluster: false,
    relay_cache_bytes: 67_108_864,
    safety_identifier_salt: undefined,
    page: true,
    drain_seconds: 10,
    reload: "watch",
    load_shedding: true,
    ...{ contents_retention_days: 7, contents_bytes_per_day: 1_073_741_824 },
    drain_idle_seconds: 5,
    header_timeout_seconds: 10,
    request_timeout_seconds: 30,
    forwarded_header: "x-forwarded-for",
    log_addresses: "hashed",
    body_memory_bytes: 268_435_456,
    database_url: { kind: "sqlite", path: "data/broker.db" },
    token_hash_key: undefined,
    budget_output_tokens: 4096,
    ...{ usage: true, usage_retention_days: 30, usage_journal: "data/journal" },
    ...{ usage_journal_bytes: 1_073_741_824, usage_buffer_bytes: 33_554_432 },
    log_level: "info",
    metrics_host: "127.0.0.1",
    otel_service_name: "realtime-key-broker",
    otel_traces_sampler: "parentbased_always_on",
    otel_traces_sampler_arg: 1,
    ...{ trace_callers: true, trace_to_openai: false },
  });
});

it("takes a setting from the file, and the environment decides where both speak", () => {
  const yaml = "settings: { port: 9000, log_level: debug, page: false }";
  expect(settingsOf(yaml)).toMatchObject({ port: 9000, log_level: "debug", page: false });
  const env = { PORT: "9001", PAGE: "true" };
  expect(settingsOf(yaml, env)).toMatchObject({ port: 9001, log_level: "debug", page: true });
});

it("an empty variable counts as unset, as compose files write it", () => {
  expect(
    settingsOf("settings: { port: 9000 }", { PORT: "", LOG_LEVEL: "", OPENAI_API_KEY: "" }),
  ).toMatchObject({
    port: 9000,
    log_level: "info",
    openai_api_key: undefined,
  });
});

it("a heading with nothing under it says nothing", () => {
  expect(settingsOf("settings:\ncors:\ncallers:\nmetrics:\nprofiles:\ntools:").port).toBe(8787);
  expect(settingsOf("settings:\n  port:").port).toBe(8787);
});

it("keeps the key as a secret, and the address without a slash at its end", () => {
  const env = { OPENAI_API_KEY: "sk-hidden-0123456789", OPENAI_BASE_URL: "https://eu.api.openai.com/v1//" };
  const settings = settingsOf("", env);
  expect(JSON.stringify(settings)).not.toContain("hidden");
  expect(settings.openai_base_url).toBe("https://eu.api.openai.com/v1");
});

describe("a bad value is named by where it stands", () => {
  it.each([
    ["PORT", "eighty"],
    ["PORT", "-1"],
    ["PORT", "70000"],
    ["PORT", "80.5"],
    ["PORT", "0x50"],
    ["OPENAI_BASE_URL", "api.openai.com"],
    ["OPENAI_BASE_URL", "ftp://api.openai.com"],
    ["OPENAI_TIMEOUT_MS", "50"],
    ["OPENAI_TIMEOUT_MS", "60001"],
    ["PAGE", "yes"],
    ["DRAIN_SECONDS", "-5"],
    ["LOG_LEVEL", "loud"],
  ])("%s=%s in the environment", (name, value) => {
    const problems = problemsIn("", { [name]: value });
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name}: \\S`))]);
  });

  it.each(["port: eighty", "port: [80]", "page: perhaps", "host: ''", "openai_base_url: 7", "log_level: 3"])(
    "%s in the file",
    (line) => {
      const name = line.split(":")[0];
      expect(problemsIn(`settings: { ${line} }`)).toEqual([
        expect.stringMatching(new RegExp(`^settings\\.${name}: \\S`)),
      ]);
    },
  );

  it("an unknown setting, with those that there are", () => {
    const [problem] = problemsIn("settings: { prot: 80 }");
    expect(problem).toMatch(/^settings\.prot: there is no such setting; there are port, host, /);
  });

  it("a setting that does not stand under `settings`", () => {
    expect(problemsIn("port: 80")).toEqual(["port: must stand under `settings`"]);
  });
});

it("a key may end in a line break, as a file's content does, but must be one word", () => {
  expect(settingsOf("", { OPENAI_API_KEY: "sk-hidden\n" }).openai_api_key?.reveal()).toBe("sk-hidden");
  for (const key of ["sk-hid\nden", "sk hidden", "sk-hidd→n", " "]) {
    const problems = problemsIn("", { OPENAI_API_KEY: key });
    expect(problems).toEqual([expect.stringMatching(/^OPENAI_API_KEY: must be one word/)]);
    expect(problems.join()).not.toContain("hid");
  }
});

it("a bad key is not repeated in the complaint", () => {
  const problems = problemsIn("settings: { openai_api_key: [sk-hidden-0123456789] }");
  expect(problems).toHaveLength(1);
  expect(problems.join()).not.toContain("hidden");
});

it("the file must exist when it is named, and need not when it is not", () => {
  expect(configOf("").file).toBe("broker.yaml");
  expect(() => configOf("", { BROKER_CONFIG: "other.yaml" })).not.toThrow();
});

// `broker doctor` as operators and scripts run it.
import { afterAll, expect, it } from "vitest";
import { startEmulator } from "../../emulator/emulator.ts";
import { runBroker } from "../support/cli.ts";

const KEY = "sk-proj-known-secret-0123456789abcdef";
const PASSWORDS = { redis: "redis-password-1", postgres: "postgres-password-1", proxy: "proxy-password-1" };
const emulator = await startEmulator({ apiKey: KEY });
afterAll(() => emulator.close());

const OURS = "dns,network,base-url,clock,key-format,key,models,latency,minting,session,call";
const env = {
  ...{ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: emulator.baseUrl, DATABASE_URL: "sqlite::memory:" },
};

it("ends with 0 where all is well, and says beforehand what costs money", async () => {
  const { code, stdout, stderr } = await runBroker(["doctor", "--only", OURS], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^Costs money at OpenAI, unless --no-session is given: /);
  expect(stdout).toContain("11 checks: no fault.");
  expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
});

it("ends with 1 where there is a fault", async () => {
  const wrong = { ...env, OPENAI_API_KEY: `${KEY}x` };
  const { code, stdout } = await runBroker(["doctor", "--only", OURS], wrong);
  expect(code).toBe(1);
  expect(stdout).toContain("✗ Key          key default: OpenAI does not know it");
  expect(stdout).toContain("11 checks: 1 fault, 5 checks skipped.");
});

it("prints one object for scripts, and nothing else", async () => {
  const wrong = { ...env, OPENAI_API_KEY: `"${KEY}"` };
  const { code, stdout } = await runBroker(
    ["doctor", "--json", "--no-session", "--only", "key-format,key"],
    wrong,
  );
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    ok: false,
    checks: [
      {
        ...{
          id: "key-format",
          subject: "key default",
          title: "Key's form",
          group: "OpenAI",
          skipped_for: null,
        },
        findings: [
          {
            ...{
              check: "key-format.quotes",
              level: "fault",
              subject: "key default",
              title: "has quotes around it",
            },
            cause: expect.any(String),
            fix: "Take the quotes out of OPENAI_API_KEY.",
            figures: {},
          },
        ],
      },
      {
        ...{ id: "key", subject: "key default", title: "Key", group: "OpenAI" },
        ...{ skipped_for: "key-format key default", findings: [] },
      },
    ],
  });
});

it("ends with 2 where it does not understand", async () => {
  const { code, stderr } = await runBroker("doctor --only keys", env);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^broker: --only: there is no check keys; did you mean key\?/);
});

it("prints no secret, whatever is wrong", async () => {
  const wrong = {
    ...env,
    OPENAI_API_KEY: `${KEY}x`,
    OPENAI_ADMIN_KEY: `sk-admin-${KEY}`,
    REDIS_URL: `redis://:${PASSWORDS.redis}@127.0.0.1:9`,
    DATABASE_URL: `postgres://broker:${PASSWORDS.postgres}@127.0.0.1:9/books`,
    HTTPS_PROXY: `http://broker:${PASSWORDS.proxy}@127.0.0.1:9`,
  };
  const places = [emulator.baseUrl, "https://openai.test/v1", `${emulator.baseUrl}/realtime`];
  for (const OPENAI_BASE_URL of places) {
    for (const words of ["doctor", "doctor --json"]) {
      const { code, stdout, stderr } = await runBroker(words, { ...wrong, OPENAI_BASE_URL });
      expect(code).toBe(1);
      expect(`${stdout}${stderr}`).not.toMatch(/known-secret|password-1|0123456789/);
    }
  }
});

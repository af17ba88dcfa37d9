// The browser client where the broker asks guests for a proof of work: nobody has to know of it.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokerClient } from "../../client/broker-client.ts";
import { startEmulator } from "../../emulator/emulator.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";

const yaml = (cost: number) => `
callers: { guests: anyone, challenge: { cost: ${cost} } }
limits: { mints: { guest: none, guests: none } }
`;

describe("brokerClient", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  let broker: TestBroker;
  const asked = (route: string, of = broker) => of.logs.filter((line) => line.route === route).length;

  beforeAll(async () => {
    emulator = await startEmulator();
    broker = await createTestBroker({ openai: emulator.baseUrl, yaml: yaml(100) });
  });
  afterAll(async () => {
    await broker.stop();
    await emulator.close();
  });

  it("solves the challenge by itself, once for many calls", async () => {
    const client = brokerClient({ url: broker.url });
    expect((await client.fetchEphemeralKey()).value).toMatch(/^ek_/);
    expect((await client.listTools()).length).toBeGreaterThan(0);
    expect((await brokerClient({ url: broker.url }).fetchEphemeralKey()).value).toMatch(/^ek_/);
    expect(asked("/challenge")).toBe(1);
  });

  it("solves another one when the broker no longer takes the first", async () => {
    let now = Date.now();
    const clock = { now: () => now, monotonic: () => performance.now() };
    await using aging = await createTestBroker({ openai: emulator.baseUrl, yaml: yaml(100), clock });
    const { listTools } = brokerClient({ url: aging.url });
    await listTools();
    now += 601_000;
    // ALTCHA's library looks at the machine's clock, which has not gone on.
    expect((await listTools()).length).toBeGreaterThan(0);
    expect(asked("/challenge", aging)).toBe(2);
  });

  it("ends its search when the caller aborts", async () => {
    await using hard = await createTestBroker({ openai: emulator.baseUrl, yaml: yaml(1_000_000) });
    const leaving = new AbortController();
    const fetching = brokerClient({ url: hard.url }).fetchEphemeralKey({ signal: leaving.signal });
    const reason = new Error("the visitor left");
    setTimeout(() => leaving.abort(reason), 300);
    await expect(fetching).rejects.toBe(reason);
    expect(asked("/ephemeral-key", hard)).toBe(1);
  });

  it("asks once more only, where its solutions are never taken", async () => {
    const paths: string[] = [];
    const asking = new Response(JSON.stringify({ type: "/problems/challenge-required" }), {
      status: 401,
      headers: { "content-type": "application/problem+json" },
    });
    const challenge = await (await broker.fetch("/challenge")).text();
    const real = globalThis.fetch;
    globalThis.fetch = async (input) => {
      const { pathname } = new URL(String(input));
      paths.push(pathname);
      return pathname === "/challenge"
        ? new Response(challenge, { headers: { "content-type": "application/json" } })
        : asking.clone();
    };
    const calling = brokerClient({ url: "http://another.test" }).listTools();
    await expect(calling.finally(() => (globalThis.fetch = real))).rejects.toMatchObject({
      code: "challenge-required",
    });
    expect(paths).toEqual(["/tools", "/challenge", "/tools"]);
  });

  it("says why when the broker has no challenge to give", async () => {
    await using limited = await createTestBroker({
      openai: emulator.baseUrl,
      yaml: `${yaml(100).replace("limits: {", "limits: { address: 1 per hour,")}`,
    });
    await expect(brokerClient({ url: limited.url }).listTools()).rejects.toMatchObject({
      status: 429,
      code: "limit-exceeded",
    });
  });
});

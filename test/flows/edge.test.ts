// The edge of the service: whose address counts, what every answer carries, and what a request may cost before it is read.
import { describe, expect, it } from "vitest";
import { createTestBroker, type TestBrokerOptions } from "../support/broker.ts";

const openai = "http://127.0.0.1:9/v1";
const start = (options: Partial<TestBrokerOptions> = {}) => createTestBroker({ openai, ...options });
const oneEach = "callers: { guests: loopback }\nlimits: { address: 1 per hour }";

describe("the caller's address", () => {
  const from = (address: string) => ({ headers: { "x-forwarded-for": address } });

  it("is the socket's, whatever a stranger's headers say", async () => {
    await using broker = await start({ yaml: oneEach });
    expect((await broker.fetch("/problems", from("203.0.113.1"))).status).toBe(200);
    expect((await broker.fetch("/problems", from("203.0.113.2"))).status).toBe(429);
  });

  it("is the one that a trusted proxy names, counted from the right", async () => {
    await using broker = await start({ yaml: oneEach, env: { TRUSTED_PROXIES: "127.0.0.0/8, ::1" } });
    expect((await broker.fetch("/problems", from("203.0.113.1"))).status).toBe(200);
    expect((await broker.fetch("/problems", from("203.0.113.2"))).status).toBe(200);
    expect((await broker.fetch("/problems", from("6.6.6.6, 203.0.113.1"))).status).toBe(429);
    const spoofed = { headers: { "x-forwarded-for": "203.0.113.1", forwarded: "for=7.7.7.7" } };
    expect((await broker.fetch("/problems", spoofed)).status).toBe(429);
  });

  it("comes from Forwarded where the operator says so, and X-Forwarded-For is not read then", async () => {
    const env = { TRUSTED_PROXIES: "127.0.0.1", FORWARDED_HEADER: "forwarded" };
    await using broker = await start({ yaml: oneEach, env });
    const forwarded = (client: string, other: string) => ({
      headers: { forwarded: `for=${client};proto=https`, "x-forwarded-for": other },
    });
    expect((await broker.fetch("/problems", forwarded("203.0.113.1", "1.1.1.1"))).status).toBe(200);
    expect((await broker.fetch("/problems", forwarded("203.0.113.1", "2.2.2.2"))).status).toBe(429);
  });

  it("counts a whole /64 of IPv6 as one", async () => {
    await using broker = await start({ yaml: oneEach, env: { TRUSTED_PROXIES: "127.0.0.1" } });
    expect((await broker.fetch("/problems", from("2001:db8:1:2::1"))).status).toBe(200);
    expect((await broker.fetch("/problems", from("2001:db8:1:2:ffff::9"))).status).toBe(429);
    expect((await broker.fetch("/problems", from("2001:db8:1:3::1"))).status).toBe(200);
  });

  it("never makes a guest local who came through a trusted proxy", async () => {
    await using broker = await start({ env: { TRUSTED_PROXIES: "127.0.0.1" } });
    expect((await broker.fetch("/tools", from("127.0.0.1"))).status).toBe(401);
    expect((await broker.fetch("/tools")).status).toBe(401);
  });

  it("warns the operator who trusts everybody", async () => {
    await using broker = await start({ env: { TRUSTED_PROXIES: "10.0.0.0/8, ::/0" } });
    expect(broker.warnings).toEqual([expect.stringMatching(/^TRUSTED_PROXIES: .*every caller/)]);
  });

  it("stops the start where a trusted proxy is no address", async () => {
    await expect(start({ env: { TRUSTED_PROXIES: "10.0.0.0/8, proxy" } })).rejects.toMatchObject({
      problems: [expect.stringMatching(/^TRUSTED_PROXIES: must be addresses or networks/)],
    });
  });
});

describe("an address in the log", () => {
  const address = "203.0.113.77";
  const linesWith = async (logging: Record<string, string>) => {
    const clock = { now: () => Date.parse("2026-11-21T12:00:00Z"), monotonic: () => performance.now() };
    const env = { TRUSTED_PROXIES: "127.0.0.1", ...logging };
    const yaml = "callers: { guests: anyone, tokens: [{ name: a, token: a-0123456789abcdef }] }";
    await using broker = await start({ yaml, env, clock });
    const headers = { "x-forwarded-for": address };
    await broker.fetch("/tools", { headers });
    await broker.fetch("/tools", { headers: { ...headers, authorization: "Bearer wrong-0123456789abcdef" } });
    await broker.fetch("/nowhere/at/all", { headers });
    await broker.fetch("/current_time?time_zone=nowhere", { headers });
    await broker.fetch(`/tools?a=${"a".repeat(9000)}`, { headers });
    for (let count = 0; count < 4; count += 1) await broker.fetch("/ephemeral-key", { headers });
    return broker.logs.filter(({ msg }) => msg === "request");
  };

  it("is a hash that is the same all day, and never the address", async () => {
    const lines = await linesWith({});
    expect(JSON.stringify(lines)).not.toContain(address);
    expect(new Set(lines.map(({ status }) => status))).toEqual(new Set([200, 401, 404, 414, 422, 429, 502]));
    const clients = new Set(lines.map(({ client }) => client));
    expect(clients.size).toBe(1);
    expect([...clients][0]).toMatch(/^[0-9a-f]{16}$/);
  });

  it("is plain, or missing, where the operator wants that", async () => {
    expect((await linesWith({ LOG_ADDRESSES: "plain" })).every(({ client }) => client === address)).toBe(
      true,
    );
    const none = await linesWith({ LOG_ADDRESSES: "none" });
    expect(none.every((line) => !("client" in line))).toBe(true);
    expect(JSON.stringify(none)).not.toContain(address);
  });
});

describe("security headers", () => {
  it("insist on https only where a trusted proxy says that it was https", async () => {
    const https = { headers: { "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.1" } };
    await using trusting = await start({ env: { TRUSTED_PROXIES: "127.0.0.1" } });
    const { headers } = await trusting.fetch("/problems", https);
    expect(headers.get("strict-transport-security")).toMatch(/^max-age=\d{8}$/);
    await using wary = await start();
    expect((await wary.fetch("/problems", https)).headers.get("strict-transport-security")).toBeNull();
  });
});

// What names, connections and certificates show, with a network of the test's own.
import { describe, expect, it } from "vitest";
import { dnsCheck } from "../../../server/doctor/dns.ts";
import { limitsBy } from "../../../server/doctor/limit.ts";
import { type Handshake, type Network, nameOfPlace, placeOf } from "../../../server/doctor/network.ts";
import { reachCheck } from "../../../server/doctor/reach.ts";
import { tlsCheck } from "../../../server/doctor/tls.ts";
import { createTestTime } from "../../support/time.ts";

const place = placeOf("https://api.openai.com/v1");
const { signal } = new AbortController();
const failing = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));

it("reads host and port of an address", () => {
  expect(place).toEqual({ host: "api.openai.com", port: 443, isTls: true });
  expect(nameOfPlace(place)).toBe("api.openai.com");
  expect(nameOfPlace(placeOf("http://[::1]:8000/v1"))).toBe("[::1]:8000");
});

describe("a name", () => {
  const examine = async (lookUp: Network["lookUp"]) =>
    (await dnsCheck(place, "OPENAI_BASE_URL", { lookUp }).run(signal))[0];

  it("has addresses", async () => {
    expect(await examine(async () => ["192.0.2.1", "192.0.2.2"])).toMatchObject({ title: "has 2 addresses" });
  });

  it.each([
    ...([
      ["ENOTFOUND", "dns.unknown"],
      ["ENODATA", "dns.unknown"],
    ] as const),
    ...([
      ["EAI_AGAIN", "dns.failed"],
      ["ECONNREFUSED", "dns.failed"],
    ] as const),
  ])("fails with %s as %s", async (code, fault) => {
    expect(await examine(() => failing(code))).toMatchObject({ check: fault, level: "fault" });
  });
});

describe("a connection", () => {
  const examine = (connect: Network["connect"], addresses = ["192.0.2.1", "2001:db8::1"]) => {
    const { timers } = createTestTime();
    const network = { connect, lookUp: async () => addresses };
    return reachCheck(place, { network, startLimit: limitsBy(timers) }).run(signal);
  };

  it("is measured", async () => {
    expect(await examine(async () => 12.4)).toMatchObject([{ level: "ok", figures: { connectMs: 12 } }]);
  });

  it("that IPv6 lacks is worth a note", async () => {
    const found = await examine((address) =>
      address.includes(":") ? failing("ENETUNREACH") : Promise.resolve(5),
    );
    expect(found).toMatchObject([{ level: "ok" }, { check: "network.partly", level: "note" }]);
  });

  it("that one of several addresses lacks is a warning", async () => {
    const only = (address: string) => (address === "192.0.2.2" ? failing("ETIMEDOUT") : Promise.resolve(5));
    expect(await examine(only, ["192.0.2.1", "192.0.2.2"])).toMatchObject([{}, { level: "warning" }]);
  });

  it("fails where a firewall drops it", async () => {
    expect(await examine(() => failing("ETIMEDOUT"))).toMatchObject([{ check: "network.unreachable" }]);
  });

  it("tries no more than six addresses", async () => {
    const tried: string[] = [];
    await examine(
      async (address) => tried.push(address),
      Array.from({ length: 50 }, (_, index) => `192.0.2.${index}`),
    );
    expect(tried).toHaveLength(6);
  });
});

describe("a certificate", () => {
  const { clock } = createTestTime();
  const certificate = {
    ...{ subject: "api.openai.com", issuer: "Authority", names: "DNS:api.openai.com, DNS:b, DNS:c, DNS:d" },
    ...{ validFrom: clock.now() - 1e9, validTo: clock.now() + 40 * 86_400_000 },
  };
  const examine = async (distrust?: string, more: Partial<Handshake["certificate"]> = {}) => {
    const handshake = async () => ({ certificate: { ...certificate, ...more }, distrust });
    return (await tlsCheck(place, { network: { handshake }, clock }).run(signal))[0];
  };

  it("is trusted for so many days", async () => {
    expect(await examine()).toMatchObject({ level: "ok", figures: { daysLeft: 40 } });
  });

  it("is warned of shortly before its end", async () => {
    expect(await examine(undefined, { validTo: clock.now() + 86_400_000 })).toMatchObject({
      ...{ check: "tls.ends-soon", level: "warning" },
    });
  });

  it.each([
    ...([
      ["CERT_HAS_EXPIRED", "tls.expired"],
      ["CERT_NOT_YET_VALID", "tls.not-yet-valid"],
    ] as const),
    ...([
      ["ERR_TLS_CERT_ALTNAME_INVALID", "tls.name"],
      ["SELF_SIGNED_CERT_IN_CHAIN", "tls.untrusted"],
    ] as const),
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls.untrusted"] as const,
  ])("fails with %s as %s", async (code, fault) => {
    expect(await examine(code)).toMatchObject({ check: fault, level: "fault" });
  });

  it("of another name says which names it has, three at most", async () => {
    expect((await examine("ERR_TLS_CERT_ALTNAME_INVALID"))?.cause).toBe(
      "It is for api.openai.com, b, c, by Authority.",
    );
  });

  it("of an unknown authority names the setting for one's own", async () => {
    expect((await examine("SELF_SIGNED_CERT_IN_CHAIN"))?.fix).toContain("TLS_CA_FILE");
  });
});

// Who is a guest, where guests are admitted at all.
import { describe, expect, it } from "vitest";
import type { Challenges } from "../../../../server/auth/guests/challenges.ts";
import { type GuestPorts, guestAuthenticator, guestsSchema } from "../../../../server/auth/guests/guests.ts";
import { Secret } from "../../../../server/secret.ts";
import { credentialsWith, settle } from "../../../support/credentials.ts";

const NOON = 1_763_640_000_000;
const away = { address: "203.0.113.9", network: "203.0.113.9", host: "voice.example.com" };
const guests = (kind: "none" | "loopback" | "anyone", ports: Partial<GuestPorts> = {}) => {
  const authenticate = guestAuthenticator(kind, new Set(["https://app.example.com"]), {
    ...{ clock: { now: () => NOON }, challenges: undefined, localToken: undefined, ...ports },
  });
  return async (changes: Parameters<typeof credentialsWith>[0] = {}) =>
    settle(authenticate(credentialsWith(changes)));
};

it("guests are none, those of this machine, or anyone", () => {
  for (const kind of ["none", "loopback", "anyone"]) expect(guestsSchema.parse(kind)).toBe(kind);
  expect(guestsSchema.safeParse("").success).toBe(false);
});

it("none admits no guest, not even of this machine", async () => {
  expect(await guests("none")()).toBeUndefined();
});

describe("loopback", () => {
  it("admits this machine's user, and leaves others to be refused", async () => {
    expect(await guests("loopback")()).toEqual({ kind: "guest", id: "guest:127.0.0.1" });
    expect(await guests("loopback")({ origin: away })).toBeUndefined();
    expect(await guests("loopback")({ bearer: "x" })).toBeUndefined();
  });

  it("asks for the token that the start printed, where there is one", async () => {
    const enter = guests("loopback", { localToken: new Secret("local-0123456789") });
    expect(await enter({ bearer: "local-0123456789" })).toMatchObject({ id: "guest:127.0.0.1" });
    await expect(enter()).rejects.toMatchObject({ code: "credentials-missing" });
    expect(await enter({ bearer: "local-012345678" })).toBeUndefined();
    expect(await enter({ origin: away })).toBeUndefined();
  });

  it("tells the operator what the caller does not learn: which token is missing, or came from elsewhere", async () => {
    const token = "local-0123456789";
    const enter = guests("loopback", { localToken: new Secret(token) });
    await expect(enter()).rejects.toMatchObject({
      cause: { message: "local guests show the token that the start printed" },
    });
    await expect(enter({ bearer: token, origin: away })).rejects.toMatchObject({
      code: "credentials-rejected",
      cause: {
        reason: "guest-token-elsewhere",
        message: "the token of local guests came from elsewhere",
      },
    });
  });

  it("admits the page of a configured origin on this machine, and no other page's", async () => {
    const page = (origin: string) => guests("loopback")({ origin: { origin } });
    expect(await page("https://app.example.com")).toMatchObject({ kind: "guest" });
    expect(await page("https://evil.example")).toBeUndefined();
  });
});

describe("anyone", () => {
  it("admits guests by the key of their address", async () => {
    expect(await guests("anyone")({ origin: away })).toEqual({ kind: "guest", id: "guest:203.0.113.9" });
  });

  it("takes no bad credential for a guest", async () => {
    expect(await guests("anyone")({ bearer: "x", origin: away })).toBeUndefined();
  });

  it.each([
    [{ origin: "https://evil.example" }, "the origin https://evil.example"],
    [{ fetchSite: "cross-site" }, "another site"],
  ])("refuses a foreign page's, and tells the operator the setting: %j", async (page, from) => {
    const message = `guests of a page of ${from} are let in only where cors.origins names its origin`;
    await expect(guests("anyone")({ origin: { ...away, ...page } })).rejects.toMatchObject({
      ...{ code: "credentials-missing", cause: { message } },
    });
  });

  it("admits those of a configured page", async () => {
    const origin = { ...away, origin: "https://app.example.com" };
    expect(await guests("anyone")({ origin })).toMatchObject({ kind: "guest" });
  });
});

describe("where a challenge is to be solved", () => {
  const parameters = { algorithm: "PBKDF2/SHA-256" as const, cost: 1, nonce: "n", salt: "s", keyLength: 32 };
  const challenge = {
    parameters: { ...parameters, keyPrefix: "00", expiresAt: 1, data: { for: "x" } },
    signature: "a",
  };
  const encode = (solution: object, spaces?: number) =>
    Buffer.from(JSON.stringify({ challenge, solution }, undefined, spaces)).toString("base64");
  const solution = encode({ counter: 1, derivedKey: "00ff" });
  const open = (until: number | undefined = NOON + 60_000) => {
    const checked: string[] = [];
    const challenges: Challenges = {
      create: async () => challenge,
      check: async (_, network) => {
        checked.push(network);
        return until;
      },
    };
    const time = { now: NOON };
    return { checked, time, enter: guests("anyone", { challenges, clock: { now: () => time.now } }) };
  };

  it("asks for it, and for another when that is over", async () => {
    await expect(open().enter()).rejects.toMatchObject({ code: "challenge-required" });
    const over = guests("anyone", {
      challenges: { create: async () => challenge, check: async () => undefined },
    });
    await expect(over({ solution })).rejects.toMatchObject({ code: "challenge-required" });
  });

  it("checks a solution once, however its JSON is written, until it is over", async () => {
    const { checked, time, enter } = open(NOON + 30_000);
    expect(await enter({ solution })).toMatchObject({ id: "guest:127.0.0.1" });
    await enter({ solution });
    await enter({ solution: encode({ counter: 1, derivedKey: "00ff" }, 2) });
    expect(checked).toHaveLength(1);
    time.now += 30_000;
    await enter({ solution });
    expect(checked).toHaveLength(2);
  });

  it("refuses what is no solution, and checks nothing", async () => {
    const { checked, enter } = open();
    for (const text of ["", "no JSON", encode({ counter: "1", derivedKey: "00ff" })]) {
      await expect(enter({ solution: text })).rejects.toMatchObject({
        code: "credentials-rejected",
        cause: {
          reason: "solution-malformed",
          message: "the solution of the challenge cannot be read",
        },
      });
    }
    expect(checked).toEqual([]);
  });

  it("checks another solution, even of the same challenge", async () => {
    const { checked, enter } = open();
    await enter({ solution });
    await enter({ solution: encode({ counter: 2, derivedKey: "00fe" }) });
    expect(checked).toHaveLength(2);
  });

  it("checks it again for another address", async () => {
    const { checked, enter } = open();
    await enter({ solution });
    await enter({ solution, origin: { network: "127.0.0.2" } });
    expect(checked).toEqual(["127.0.0.1", "127.0.0.2"]);
  });
});

// Proof of work for guests, judged by ALTCHA's own solver.
import { solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestBroker, type TestBroker, type TestBrokerOptions } from "../support/broker.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { problemIn } from "../support/problem.ts";

const yaml = `
callers: { guests: anyone, challenge: { cost: 100 }, tokens: [{ name: ada, token: ada-0123456789abcdef }] }
limits: { failed_authentication: 3 per hour, mints: { guest: none, guests: none } }
`;

type Challenge = Parameters<typeof solveChallenge>[0]["challenge"];
type Solution = NonNullable<Awaited<ReturnType<typeof solveChallenge>>>;

const encode = (payload: object): string => Buffer.from(JSON.stringify(payload)).toString("base64");
const altcha = (challenge: Challenge, solution: object, from = "203.0.113.7") => ({
  headers: { authorization: `Altcha ${encode({ challenge, solution })}`, "x-forwarded-for": from },
});

let upstream: Awaited<ReturnType<typeof emulateOpenAi>>;
beforeAll(async () => {
  upstream = await emulateOpenAi();
});
afterAll(() => upstream[Symbol.asyncDispose]());

const start = (options: Partial<TestBrokerOptions> = {}): Promise<TestBroker> =>
  createTestBroker({
    openai: upstream.baseUrl,
    yaml,
    ...options,
    env: { TRUSTED_PROXIES: "127.0.0.1", ...options.env },
  });

const challengeOf = async (broker: TestBroker, from = "203.0.113.7"): Promise<Challenge> => {
  const answer = await broker.fetch("/challenge", { headers: { "x-forwarded-for": from } });
  expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
  return (await answer.json()) as Challenge;
};

const solved = async (broker: TestBroker, from?: string) => {
  const challenge = await challengeOf(broker, from);
  const solution = (await solveChallenge({ challenge, deriveKey })) as Solution;
  return { challenge, solution };
};

const refusal = async (answer: Response) => [answer.status, (await problemIn(answer)).code];
const stale = [401, "challenge-required"];
const rejected = [401, "credentials-rejected"];

describe("a guest where a challenge is asked", () => {
  it("is told where the challenge is, and gets no key without one", async () => {
    await using broker = await start();
    for (const path of ["/ephemeral-key", "/tools"]) {
      const answer = await broker.fetch(path);
      expect(answer.headers.get("www-authenticate")).toMatch(/^Altcha challenge="\/challenge", Bearer /);
      expect(await refusal(answer)).toEqual(stale);
    }
  });

  it("gets keys with a solved one, as often as limits let", async () => {
    await using broker = await start();
    const { challenge, solution } = await solved(broker);
    for (let call = 0; call < 3; call += 1) {
      const answer = await broker.fetch("/ephemeral-key", altcha(challenge, solution));
      expect([answer.status, ((await answer.json()) as { value: string }).value]).toEqual([
        200,
        expect.stringMatching(/^ek_/),
      ]);
    }
    expect(broker.logs).toContainEqual(expect.objectContaining({ route: "/ephemeral-key", caller: "guest" }));
  });

  it("is refused with a wrong solution of a challenge that was solved before", async () => {
    await using broker = await start();
    const { challenge, solution } = await solved(broker);
    expect((await broker.fetch("/tools", altcha(challenge, solution))).status).toBe(200);
    const wrong = altcha(challenge, { ...solution, derivedKey: "00".repeat(32) });
    expect(await refusal(await broker.fetch("/tools", wrong))).toEqual(rejected);
  });

  it("may write it in base64url, and with what else ALTCHA's clients send", async () => {
    await using broker = await start();
    const { challenge, solution } = await solved(broker);
    const payload = Buffer.from(JSON.stringify({ challenge, solution: { ...solution, time: 12 } }));
    const headers = {
      authorization: `altcha ${payload.toString("base64url")}`,
      "x-forwarded-for": "203.0.113.7",
    };
    expect((await broker.fetch("/tools", { headers })).status).toBe(200);
  });

  it("cannot use another address's, and one /64 is one address", async () => {
    await using broker = await start();
    const { challenge, solution } = await solved(broker, "2001:db8:1:2::3");
    const from = async (address: string) =>
      (await broker.fetch("/tools", altcha(challenge, solution, address))).status;
    expect(await from("2001:db8:1:2:ffff::1")).toBe(200);
    expect(await from("2001:db8:1:3::3")).toBe(401);
    expect(await refusal(await broker.fetch("/tools", altcha(challenge, solution, "198.51.100.1")))).toEqual(
      stale,
    );
  });

  it("cannot use it when it is over, though it was good a moment ago", async () => {
    let now = Date.now();
    const clock = { now: () => now, monotonic: () => performance.now() };
    await using broker = await start({ clock });
    const { challenge, solution } = await solved(broker);
    expect((await broker.fetch("/tools", altcha(challenge, solution))).status).toBe(200);
    now += 599_000 - (now % 1000);
    expect((await broker.fetch("/tools", altcha(challenge, solution))).status).toBe(200);
    now += 1000;
    expect(await refusal(await broker.fetch("/tools", altcha(challenge, solution)))).toEqual(stale);
  });

  it("cannot change the challenge, nor bring one of their own", async () => {
    await using broker = await start();
    const { challenge, solution } = await solved(broker);
    const easier = { ...challenge.parameters, cost: 1 };
    const longer = { ...challenge.parameters, expiresAt: 4_000_000_000 };
    for (const parameters of [easier, longer]) {
      const changed = { ...challenge, parameters };
      expect(await refusal(await broker.fetch("/tools", altcha(changed, solution)))).toEqual(stale);
    }
    const unsigned = { ...challenge, signature: "0".repeat(64) };
    expect(await refusal(await broker.fetch("/tools", altcha(unsigned, solution)))).toEqual(stale);
  });

  it.each([
    ["a wrong guess", (solution: Solution) => ({ ...solution, counter: solution.counter + 1 })],
    ["a made-up key", (solution: Solution) => ({ ...solution, derivedKey: "00".repeat(32) })],
    ["a guess that is no number", (solution: Solution) => ({ ...solution, counter: "1" })],
    ["no solution", () => ({})],
  ])("is refused with %s", async (_, change) => {
    await using broker = await start();
    const { challenge, solution } = await solved(broker);
    expect(await refusal(await broker.fetch("/tools", altcha(challenge, change(solution))))).toEqual(
      rejected,
    );
  });

  it.each(["bm90IGpzb24=", "AAAA", encode({}), encode([]), "~~~~"])("is refused with %s", async (text) => {
    await using broker = await start();
    const headers = { authorization: `Altcha ${text}` };
    expect(await refusal(await broker.fetch("/tools", { headers }))).toEqual(rejected);
  });

  it("has wrong solutions counted as failed attempts, so that their checks cost us little", async () => {
    await using broker = await start();
    const { challenge, solution } = await solved(broker);
    const wrong = altcha(challenge, { ...solution, counter: solution.counter + 1 });
    const answers = [];
    for (let call = 0; call < 4; call += 1) answers.push((await broker.fetch("/tools", wrong)).status);
    expect(answers).toEqual([401, 401, 401, 429]);
  });

  it("is not asked for one beside a token", async () => {
    await using broker = await start();
    const headers = { authorization: "Bearer ada-0123456789abcdef" };
    expect((await broker.fetch("/tools", { headers })).status).toBe(200);
  });
});

it("is accepted by another replica with the same key, and by no other", async () => {
  const TOKEN_HASH_KEY = "a-key-that-both-replicas-have-in-common";
  await using one = await start({ env: { TOKEN_HASH_KEY } });
  await using two = await start({ env: { TOKEN_HASH_KEY } });
  await using other = await start();
  const { challenge, solution } = await solved(one);
  expect((await two.fetch("/tools", altcha(challenge, solution))).status).toBe(200);
  expect(await refusal(await other.fetch("/tools", altcha(challenge, solution)))).toEqual(stale);
});

describe("where no challenge is asked", () => {
  it("there is none, and an old solution does no harm", async () => {
    await using asking = await start();
    await using open = await start({ yaml: "callers: { guests: anyone }" });
    expect(await refusal(await open.fetch("/challenge"))).toEqual([404, "not-found"]);
    const { challenge, solution } = await solved(asking);
    expect((await open.fetch("/tools", altcha(challenge, solution))).status).toBe(200);
  });

  it("a solution is no credential where guests are not let in", async () => {
    await using asking = await start();
    await using closed = await start({
      yaml: "callers: { tokens: [{ name: a, token: a-0123456789abcdef }] }",
    });
    const { challenge, solution } = await solved(asking);
    expect(await refusal(await closed.fetch("/tools", altcha(challenge, solution)))).toEqual(rejected);
  });
});

// Challenges for guests, solved by ALTCHA's own solver.
import { solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";
import { describe, expect, it } from "vitest";
import { altchaChallenges } from "../../../../server/auth/guests/challenges.altcha.ts";
import { readSolution, type SolvedChallenge } from "../../../../server/auth/guests/challenges.ts";
import { Secret } from "../../../../server/secret.ts";

type Challenge = Parameters<typeof solveChallenge>[0]["challenge"];

const key = new Secret("the key that signs challenges");
const time = { now: Date.now() };
const challenges = altchaChallenges({ cost: 100 }, key, { now: () => time.now });
const solve = async (from = challenges): Promise<SolvedChallenge> => {
  const challenge = (await from.create("203.0.113.7")) as Challenge;
  const { counter, derivedKey } = (await solveChallenge({ challenge, deriveKey })) ?? {};
  return { challenge, solution: { counter, derivedKey } } as SolvedChallenge;
};
const solved = await solve();

it("lets a solution in for ten minutes, and tells until when", async () => {
  const until = await challenges.check(solved, "203.0.113.7");
  expect(until).toBe(solved.challenge.parameters.expiresAt * 1000);
  expect(until).toBeGreaterThan(time.now + 598_000);
  expect(until).toBeLessThanOrEqual(time.now + 600_000);
});

it("is over when its time is", async () => {
  const later = { now: () => solved.challenge.parameters.expiresAt * 1000 };
  expect(await altchaChallenges({ cost: 100 }, key, later).check(solved, "203.0.113.7")).toBeUndefined();
});

it("is of use to one network only, and does not name it", async () => {
  expect(await challenges.check(solved, "203.0.113.8")).toBeUndefined();
  expect(JSON.stringify(solved.challenge)).not.toContain("203.0.113");
});

it("takes no challenge of another key, and none that was changed", async () => {
  const foreign = await solve(
    altchaChallenges({ cost: 100 }, new Secret("another key"), { now: () => time.now }),
  );
  expect(await challenges.check(foreign, "203.0.113.7")).toBeUndefined();
  const { challenge, solution } = solved;
  const parameters = { ...challenge.parameters, expiresAt: challenge.parameters.expiresAt + 600 };
  expect(
    await challenges.check({ challenge: { ...challenge, parameters }, solution }, "203.0.113.7"),
  ).toBeUndefined();
});

it("is refused with a wrong solution", async () => {
  const solution = { counter: solved.solution.counter + 1, derivedKey: "00" };
  await expect(challenges.check({ ...solved, solution }, "203.0.113.7")).rejects.toMatchObject({
    cause: { reason: "solution-wrong" },
  });
});

describe("a solution is read", () => {
  it("from the base64 of its JSON", () => {
    expect(readSolution(Buffer.from(JSON.stringify(solved)).toString("base64"))).toMatchObject(solved);
  });

  it.each([
    "",
    "x",
    "e30=",
    "bnVsbA==",
    "W10=",
    Buffer.from('{"challenge":{},"solution":{}}').toString("base64"),
  ])("from nothing else: %j", (text) => {
    expect(readSolution(text)).toBeUndefined();
  });
});

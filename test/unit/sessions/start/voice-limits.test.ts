// Which limits hold for a session, and where it is counted.
import { expect, it } from "vitest";
import { hashIdentityWith } from "../../../../server/mint/safety-identifier.ts";
import { voiceSchema } from "../../../../server/profiles/supervision.ts";
import { Secret } from "../../../../server/secret.ts";
import { voiceLimitsOf, voiceLimitsSchema } from "../../../../server/sessions/start/voice-limits.ts";
import { keptCaller } from "../../../../server/sessions/store/kept-caller.ts";

const hashIdentity = hashIdentityWith(new Secret("salt"));
const alice = { kind: "token", id: "token:alice", name: "alice", roles: ["intern"], team: "search" } as const;
const bob = { kind: "token", id: "token:bob", name: "bob", roles: [] } as const;
const guestAt = (address: string) => ({ kind: "guest", id: `guest:${address}` }) as const;

const limits = (entries: unknown[]) => voiceLimitsOf(voiceLimitsSchema.parse(entries), hashIdentity);
const voice = (given: object = {}) => voiceSchema.parse(given);
const unlimited = { atOnce: undefined, dayMs: undefined, monthMs: undefined };

it("counts a caller's sessions in the profile, as the profile says", () => {
  const given = voice({ at_once: 2, minutes_per_day: 10 });
  expect(limits([])(alice, "support", given)).toEqual({
    voice: given,
    accounts: [{ ...unlimited, name: "profile:support|token:alice", atOnce: 2, dayMs: 600_000 }],
  });
});

it("counts nothing where nothing is limited", () => {
  const { accounts } = limits([{ name: "short", max_minutes: 5 }])(alice, "support", voice());
  expect(accounts).toEqual([]);
});

it("takes the strictest of all limits of one session", () => {
  const of = limits([
    { name: "a", max_minutes: 20, max_tokens: 50, max_cost_usd: 3 },
    { name: "b", for: "role:intern", max_minutes: 5, idle_seconds: 90 },
    { name: "c", for: "user:carol", max_minutes: 1 },
  ]);
  const given = voice({ max_minutes: 10, idle_seconds: 30, max_cost_usd: 4 });
  expect(of(alice, "support", given).voice).toEqual({
    ...given,
    ...{ max_minutes: 5, idle_seconds: 30, max_tokens: 50, max_cost_usd: 3 },
  });
  expect(of(bob, "support", given).voice).toMatchObject({ max_minutes: 10, max_tokens: 50 });
  expect(given.max_minutes).toBe(10);
});

it("counts a session in each entry that is for its caller or profile: shared, or each on its own", () => {
  const of = limits([
    { name: "all", at_once: 100 },
    { name: "own", each: "caller", at_once: 1 },
    { name: "team", each: "team", minutes_per_month: 1 },
    { name: "profile", for: "profile:support", each: "profile", at_once: 5 },
    { name: "other", for: "profile:sales", at_once: 5 },
  ]);
  const names = (caller: Parameters<typeof of>[0]) =>
    of(caller, "support", voice()).accounts.map(({ name }) => name);
  expect(names(alice)).toEqual([
    ...["all|everyone", "own|token:alice", "team|team:search", "profile|profile:support"],
  ]);
  expect(names(bob)).toEqual(["all|everyone", "own|token:bob", "profile|profile:support"]);
});

it("counts guests by their address, and keeps no address", () => {
  const of = limits([{ name: "own", for: "guests", each: "caller", at_once: 1 }]);
  const accounts = (caller: Parameters<typeof of>[0]) =>
    of(caller, "support", voice({ at_once: 1 })).accounts;
  const one = guestAt("203.0.113.7");
  expect(accounts(one)).toHaveLength(2);
  expect(JSON.stringify(accounts(one))).not.toContain("203");
  expect(accounts(keptCaller(one, hashIdentity))).toEqual(accounts(one));
  expect(accounts(guestAt("203.0.113.8"))).not.toEqual(accounts(one));
});

it.each([
  [[{ name: "a" }], "at least one of"],
  [
    [
      { name: "a", at_once: 1 },
      { name: "a", at_once: 2 },
    ],
    "each name may stand once",
  ],
  [[{ name: "a", at_once: 0 }], "0"],
  [[{ name: "a", for: "carol", at_once: 1 }], "must be everyone"],
])("refuses %j", (entries, message) => {
  const parsed = voiceLimitsSchema.safeParse(entries);
  expect(parsed.error?.message).toContain(message);
});

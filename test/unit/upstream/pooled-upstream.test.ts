// Requests of each kind, done with a key of the pool.
import { expect, it } from "vitest";
import { mayBeCreated } from "../../../server/upstream/calls.ts";
import { createPool } from "../../../server/upstream/pool.ts";
import type { PoolKey } from "../../../server/upstream/pool-members.ts";
import { pooledUpstream } from "../../../server/upstream/pooled-upstream.ts";
import type { RelayBody, RelayedRequest } from "../../../server/upstream/relay.ts";
import { createRetry, createRetryBudget, type Retry } from "../../../server/upstream/retry.ts";
import { connectionFailure } from "../../../server/upstream/upstream-error.ts";
import { poolKey, unusedAccount } from "../../support/pool.ts";
import { testRecipient } from "../../support/recipient.ts";
import { testEnd } from "../../support/voice-sockets.ts";

const signal = new AbortController().signal;

/** Two keys, of which the first goes first; each relays and moderates as told. */
const setUp = (account: (name: string) => Partial<PoolKey["account"]>) => {
  const clock = { monotonic: () => 0 };
  const keys = ["first", "second"].map((name, index) =>
    poolKey(name, { priority: 1 - index, account: { ...unusedAccount, ...account(name) } }),
  );
  const outcomes: string[] = [];
  const retry = createRetry({
    pool: createPool(keys, { clock, random: () => 0, onChange: () => {} }),
    budget: createRetryBudget(),
    clock,
    random: () => 0,
    pause: async () => {},
    onAttempt: (key, outcome) => outcomes.push(`${key} ${outcome}`),
  });
  const accountOf = (name: string) => keys.find((key) => key.name === name)?.account;
  return { upstream: pooledUpstream({ retry, accountOf, mintTimeoutMs: () => 8000 }), outcomes };
};

const relayed = (body?: RelayBody): RelayedRequest => ({
  ...{ method: "POST", target: "/chat/completions", headers: [], body, callerId: "a", model: "m", signal },
  ...{ timeoutMs: 1000, isCallersTime: false },
});
const away = (): never => {
  throw connectionFailure(new Error("reset"));
};

it("a relayed request is done with the next key where one cannot be reached, and its key is told", async () => {
  const { upstream, outcomes } = setUp((name) => ({
    relay: async () => (name === "first" ? away() : "answered"),
  }));
  expect(await upstream.relay(relayed(), testRecipient())).toBe("second");
  expect(outcomes).toEqual(["first failed", "second answered"]);
});

it("an upload that has begun is not sent again, one that has not begun is", async () => {
  for (const begun of [true, false]) {
    const body = { kind: "streaming" as const, bytes: (async function* () {})(), begun, broken: false };
    const { upstream, outcomes } = setUp((name) => ({
      relay: async () => (name === "first" ? away() : "answered"),
    }));
    await upstream.relay(relayed(body), testRecipient()).catch(() => {});
    expect(outcomes.length).toBe(begun ? 1 : 2);
  }
});

it("a request that OpenAI refuses says nothing about the key's speed", async () => {
  const { upstream, outcomes } = setUp(() => ({ relay: async () => "refused" }));
  expect(await upstream.relay(relayed(), testRecipient())).toBe("first");
  expect(outcomes).toEqual(["first request-at-fault"]);
});

it("a moderation is done with the next key too, within its time", async () => {
  const times: number[] = [];
  const { upstream } = setUp((name) => ({
    moderate: async (_, timeoutMs) => {
      times.push(timeoutMs);
      return name === "first" ? away() : [true];
    },
  }));
  const request = { model: "omni", input: ["one"], callerId: "a", signal, timeoutMs: 700 };
  expect(await upstream.moderate(request)).toEqual([true]);
  expect(times).toEqual([700, 700]);
});

it("a mint has the time of mints", async () => {
  const times: number[] = [];
  const { upstream } = setUp(() => ({
    mint: async (_, timeoutMs) => {
      times.push(timeoutMs);
      return away();
    },
  }));
  const session = { type: "realtime" as const };
  const request = { callerId: "a", model: "m", session, ttlSeconds: 600, safetyIdentifier: "x", signal };
  await expect(upstream.mint(request)).rejects.toMatchObject({ code: "upstream-refused" });
  expect(times[0]).toBe(8000);
});

it("a moderation is written at the moderations, for its caller and model", async () => {
  const facts: unknown[] = [];
  const retry: Retry = async (task) => {
    facts.push(task.facts);
    throw new Error("not done");
  };
  const request = { model: "omni", input: ["one"], callerId: "a", signal, timeoutMs: 700 };
  await pooledUpstream({ retry, accountOf: () => undefined, mintTimeoutMs: () => 8000 })
    .moderate(request)
    .catch(() => {});
  expect(facts).toEqual([
    { family: "moderations", endpoint: "write moderations", model: "omni", callerId: "a" },
  ]);
});

const call = {
  ...{ interface: "realtime" as const, offer: "v=0", session: {}, callerId: "a", model: "m" },
  ...{ safetyIdentifier: "x", timeoutMs: 5000 },
};
const created = { interface: "realtime" as const, id: "rtc_1", answer: "v=0", openAiRequestId: undefined };

it("a call is created with the next key where the first has certainly created none, and never else", async () => {
  for (const mayBeDone of [undefined, true] as const) {
    const { upstream, outcomes } = setUp((name) => ({
      createCall: async () => {
        if (name === "second") return { ...created, upstreamKey: name };
        throw connectionFailure(new Error("no"), {
          ...{ kind: "failed", how: "connection", ...(mayBeDone && { mayBeDone }) },
        });
      },
    }));
    const key = await upstream.createCall(call).then(({ upstreamKey }) => upstreamKey, mayBeCreated);
    expect([key, outcomes.length]).toEqual(mayBeDone ? [true, 1] : ["second", 2]);
  }
});

it("a call is joined and ended with the key that created it", async () => {
  const asked: string[] = [];
  const { upstream } = setUp((name) => ({
    hangUp: async ({ id }) => void asked.push(`${name} ends ${id}`),
    joinCall: async ({ id }) => {
      asked.push(`${name} joins ${id}`);
      return { send: () => {}, close: () => {} };
    },
  }));
  const receiver = { onMessage: () => {}, onClose: () => {} };
  await upstream.joinCall({ ...created, upstreamKey: "second" }, receiver, signal);
  await upstream.hangUp({ ...created, upstreamKey: "second" }, 1000);
  expect(asked).toEqual(["second joins rtc_1", "second ends rtc_1"]);
  await expect(upstream.hangUp({ ...created, upstreamKey: "gone" }, 1000)).rejects.toMatchObject({
    code: "upstream-unavailable",
  });
});

it("a carried session is opened with the next key too, whose name is told", async () => {
  const socket = testEnd();
  const { upstream } = setUp((name) => ({ openCarried: async () => (name === "first" ? away() : socket) }));
  const receiver = { onMessage: () => {}, onClose: () => {} };
  expect(await upstream.openCarried(call, receiver, signal)).toEqual({ socket, upstreamKey: "second" });
});

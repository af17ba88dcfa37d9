// From a grant to a key.
import { expect, it } from "vitest";
import { createMinting } from "../../../server/mint/mint.ts";
import type { MintedKey, MintRequest } from "../../../server/upstream/upstream.ts";
import { alice } from "../../support/facts.ts";

const connect = { webrtc: "https://openai.example/v1/realtime/calls", websocket: "wss://openai.example" };
const minted: MintedKey = {
  ...{ value: "ek_1", expiresAt: 2_000_000_000, connect, requestId: "req_1", upstreamKey: "eu" },
  session: { id: "sess_1", model: "gpt-realtime-2.1", instructions: "secret" },
};
const granted = {
  profile: "default",
  ...{ session: { type: "realtime" as const, model: "gpt-realtime", instructions: "secret" } },
  ...{ model: "gpt-realtime", ttlSeconds: 60 },
};
const { signal } = new AbortController();

const mintingOver = (mint: (request: MintRequest) => Promise<MintedKey>) =>
  createMinting({
    ...{ profiles: [], offeredTools: () => [], hashIdentity: (id) => `hash of ${id}`, callTimeoutMs: 1000 },
    upstream: { mint, relay: () => expect.unreachable() },
  });

it("OpenAI is told the session, its time, and who it is for by a hash only", async () => {
  const asked: MintRequest[] = [];
  const { mint } = mintingOver(async (request) => {
    asked.push(request);
    return minted;
  });
  await mint(alice, granted, signal);
  const { session, model, ttlSeconds } = granted;
  expect(asked).toEqual([
    ...[{ session, model, ttlSeconds, callerId: alice.id, safetyIdentifier: "hash of token:alice", signal }],
  ]);
});

it("the answer has the key and the safe part of the session; the log learns the rest", async () => {
  const { mint } = mintingOver(async () => minted);
  expect(await mint(alice, granted, signal)).toEqual({
    key: {
      ...{ value: "ek_1", expires_at: 2_000_000_000, profile: "default", connect },
      session: {
        ...{
          id: "sess_1",
          type: "realtime",
          model: "gpt-realtime-2.1",
          output_modalities: null,
          voice: null,
        },
      },
    },
    ...{ openAiRequestId: "req_1", upstreamKey: "eu" },
  });
});

it("each call mints a key of its own", async () => {
  let count = 0;
  const { mint } = mintingOver(async () => {
    count += 1;
    return { ...minted, value: `ek_${count}` };
  });
  const keys = await Promise.all([mint(alice, granted, signal), mint(alice, granted, signal)]);
  expect(keys.map(({ key }) => key.value)).toEqual(["ek_1", "ek_2"]);
});

it("a failure of OpenAI's is passed on as it is", async () => {
  const failure = new Error("refused");
  const { mint } = mintingOver(() => Promise.reject(failure));
  await expect(mint(alice, granted, signal)).rejects.toBe(failure);
});

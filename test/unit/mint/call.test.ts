// A call that is started for a browser.
import { expect, it } from "vitest";
import { startCall } from "../../../server/mint/call.ts";
import type { Recipient, RelayedRequest } from "../../../server/upstream/relay.ts";
import { alice } from "../../support/facts.ts";

const recipient: Recipient = { onHead: () => {}, onData: () => {}, onEnd: () => {}, onBreak: () => {} };
const session = { type: "realtime" as const, model: "gpt-realtime", instructions: "Grüße" };
const granted = { profile: "default", session, model: "gpt-realtime", ttlSeconds: 60 };
const offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n";

it("the offer and the granted session go to OpenAI in one form, under a hash of the caller", async () => {
  const asked: [RelayedRequest, Recipient][] = [];
  const start = startCall({
    ...{ hashIdentity: (id) => `hash of ${id}`, timeoutMs: 1000 },
    upstream: {
      relay: async (...request) => {
        asked.push(request);
        return "eu";
      },
    },
  });
  const { signal } = new AbortController();
  expect(await start(alice, granted, offer, signal, recipient)).toBe("eu");
  const [[request, answersTo] = expect.unreachable()] = asked;
  expect(answersTo).toBe(recipient);
  const { headers, body, ...rest } = request;
  expect(rest).toEqual({
    ...{ method: "POST", target: "/realtime/calls", callerId: alice.id, model: "gpt-realtime", signal },
    ...{ timeoutMs: 1000, isCallersTime: false },
  });
  if (body?.kind !== "buffered") return expect.unreachable();
  const [, contentType = "", ...others] = headers;
  const form = await new Response(body.bytes as Uint8Array<ArrayBuffer>, {
    headers: { "content-type": contentType },
  }).formData();
  expect(Object.fromEntries(form)).toEqual({ sdp: offer, session: JSON.stringify(session) });
  expect(others).toEqual([
    ...["accept-encoding", "identity", "openai-safety-identifier", "hash of token:alice"],
  ]);
});

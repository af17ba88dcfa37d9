// Offers that are none, that are too large, or that ask for more than a profile takes.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestBroker } from "../support/broker.ts";
import { codeOf, offerOf, post, type Supervised, supervise, ticketOf } from "../support/supervised-broker.ts";

let supervised: Supervised;
let broker: TestBroker;
let offer: string;
beforeAll(async () => {
  supervised = await supervise();
  broker = supervised.broker;
  offer = await offerOf();
});
afterAll(() => supervised[Symbol.asyncDispose]());

describe("an offer", () => {
  const data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n";
  const audio = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";

  it.each([
    ["of 300 KB", () => `${offer}a=${"x".repeat(300_000)}`, 422],
    ["of 1 MiB", () => offer + "x".repeat(1024 * 1024), 413],
    ["with two lines of audio", () => offer + audio, 422],
    ["that is none", () => "hello", 400],
  ])("%s is refused, and uses no ticket up", async (_, make, status) => {
    const { value } = await ticketOf(broker);
    expect((await post(broker, value, make())).status).toBe(status);
    expect((await post(broker, value, offer)).status).toBe(201);
  });

  it("that OpenAI cannot read is the page's fault, and its place is free again", async () => {
    const { value } = await ticketOf(broker, "strict");
    const refused = await post(broker, value, "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n");
    const { error } = (await refused.json()) as { error: { code: string; type: string } };
    expect([refused.status, error]).toMatchObject([
      422,
      { code: "offer-invalid", type: "invalid_request_error" },
    ]);
    expect((await post(broker, value, offer)).status).toBe(401);
    const { value: next } = await ticketOf(broker, "strict");
    expect((await post(broker, next, offer)).status).toBe(201);
  });

  it("to a sealed profile has sound alone", async () => {
    const { value } = await ticketOf(broker, "sealed");
    const sound = await offerOf(false);
    for (const wrong of [offer, sound + data, sound + audio]) {
      expect(await codeOf(await post(broker, value, wrong))).toEqual([422, "offer-invalid"]);
    }
    expect((await post(broker, value, sound)).status).toBe(201);
  });
});

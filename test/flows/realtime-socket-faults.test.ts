// A WebSocket that OpenAI does not open, though it has minted the key for it.
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { fakeOpenAi } from "../support/fake-openai.ts";
import { sendRaw } from "../support/raw-request.ts";
import { ALICE } from "../support/relay-client.ts";

const authorization = `Bearer ${ALICE}`;
const opening = [
  ...["GET /v1/realtime HTTP/1.1", "host: localhost", "connection: upgrade", "upgrade: websocket"],
  ...["sec-websocket-version: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="],
  ...[`authorization: ${authorization}`, "", ""],
].join("\r\n");

it("the mint counts once, as one that was done, and the log line has it beside the failure", async () => {
  await using openai = await fakeOpenAi((answer, { url }) => {
    answer.setHeader("x-request-id", "req_mint");
    if (!url.includes("client_secrets")) return void answer.writeHead(500).end();
    const session = { id: "sess_1", type: "realtime" };
    answer.setHeader("content-type", "application/json");
    answer.end(JSON.stringify({ value: "ek_0123456789", expires_at: 2_000_000_000, session }));
  });
  await using broker = await createTestBroker({
    openai: openai.baseUrl,
    yaml: `callers: { tokens: [{ name: alice, token: ${ALICE} }] }\nmetrics: { allow: [everyone] }`,
  });
  expect(await sendRaw(broker.url, opening)).toMatch(/^HTTP\/1\.1 50[234] /);
  expect(broker.logs.find(({ route }) => route === "/v1/realtime")).toMatchObject({
    ...{ profile: "default", session: "sess_1", openai_request_id: "req_mint" },
    problem: expect.stringMatching(/^upstream-/),
  });
  const metrics = await (await broker.fetch("/metrics", { headers: { authorization } })).text();
  expect(metrics.match(/^broker_mints_total.*/gm)).toEqual([
    'broker_mints_total{profile="default",outcome="ok"} 1',
  ]);
});

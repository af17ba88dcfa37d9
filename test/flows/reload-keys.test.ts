// Upstream keys that are replaced while requests are in flight.
import { once } from "node:events";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { emulateOpenAi } from "../support/openai.ts";
import {
  account,
  as,
  brokerOver,
  keyLines,
  minted,
  saying,
  statusOf,
  yamlOver,
} from "../support/upstream.ts";
import { until } from "../support/wait.ts";

const invalid = saying(401, { code: "invalid_api_key" });

it("tries a request again with the new secret, where OpenAI took the old one no more", async () => {
  const held = Promise.withResolvers<void>();
  await using openai = await account({
    mints: async (answer, asked, request) => {
      if (asked.headers.authorization === "Bearer sk-new") return minted(answer);
      await held.promise;
      await invalid(answer, asked, request);
    },
  });
  const keys = { only: { baseUrl: openai.baseUrl } };
  await using broker = await brokerOver(keys);
  const begun = as(broker, "alice").mint();
  await until("it is asked", () => openai.of("mints").length === 1);
  const next = { only: { baseUrl: openai.baseUrl, secret: "sk-new" } };
  expect(await broker.useConfig(yamlOver(next))).toMatchObject({ changed: ["upstream_keys.only (secret)"] });
  held.resolve();
  expect(await statusOf(begun)).toBe(200);
  expect(await statusOf(as(broker, "bob").mint())).toBe(200);
  expect(openai.of("mints").map(({ headers }) => headers.authorization)).toEqual([
    "Bearer sk-of-only",
    "Bearer sk-new",
    "Bearer sk-new",
  ]);
  expect(keyLines(broker)).toEqual([]);
});

it("uses a rejected key again as soon as it has another secret, and tells of one that is wrong too", async () => {
  let valid = "sk-right";
  await using openai = await account({
    mints: (answer, asked, request) =>
      asked.headers.authorization === `Bearer ${valid}` ? minted(answer) : invalid(answer, asked, request),
    models: (answer, asked, request) =>
      asked.headers.authorization === `Bearer ${valid}`
        ? void answer.end('{"object":"list","data":[]}')
        : invalid(answer, asked, request),
  });
  const { baseUrl } = openai;
  await using broker = await brokerOver({ only: { baseUrl } });
  for (const caller of ["alice", "bob"] as const) await statusOf(as(broker, caller).mint());
  await until("it is rejected", () => keyLines(broker).includes("upstream-key-out only"));
  expect((await broker.fetch("/readyz")).status).toBe(503);
  await broker.useConfig(yamlOver({ only: { baseUrl, secret: "sk-right" } }));
  expect((await broker.fetch("/readyz")).status).toBe(200);
  expect(await statusOf(as(broker, "alice").mint())).toBe(200);
  valid = "sk-other";
  await broker.useConfig(yamlOver({ only: { baseUrl, secret: "sk-wrong" } }));
  await until(
    "the check has found it wrong",
    () => keyLines(broker).filter((line) => line === "upstream-key-out only").length === 2,
  );
});

it("a key that was taken out ends its stream and its WebSocket, and gets no more", async () => {
  const more = Promise.withResolvers<void>();
  await using streaming = await account({
    chats: async (answer) => {
      answer.writeHead(200, { "content-type": "text/event-stream" });
      answer.write('data: {"a":1}\n\n');
      await more.promise;
      answer.end("data: [DONE]\n\n");
    },
  });
  await using voice = await emulateOpenAi();
  await using other = await account();
  await using broker = await brokerOver({
    chats: { baseUrl: streaming.baseUrl, more: ", models: [gpt-5-mini]" },
    voice: { baseUrl: voice.baseUrl, more: ', models: ["gpt-realtime*"]' },
  });
  const stream = await as(broker, "alice").chat();
  const socket = new WebSocket(`${broker.url.replace("http", "ws")}/v1/realtime`, {
    headers: { authorization: "Bearer alice-0123456789abcdef" },
  });
  await once(socket, "message");
  const gauge = /broker_upstream_(?:key_usable|waiting|breaker_open)\{key="(\w+)"/g;
  const shown = async () => {
    const { body } = await broker.fetch("/metrics").then(async (answer) => ({ body: await answer.text() }));
    return [...new Set([...body.matchAll(gauge)].map(([, key]) => key))];
  };
  expect(await shown()).toEqual(["chats", "voice"]);
  await broker.useConfig(yamlOver({ other: { baseUrl: other.baseUrl } }));
  expect(await shown()).toEqual(["other"]);
  expect(await statusOf(as(broker, "bob").chat())).toBe(200);
  expect(other.of("chats")).toHaveLength(1);
  socket.send(JSON.stringify({ type: "session.update", session: { type: "realtime" } }));
  expect(JSON.parse(String((await once(socket, "message"))[0]))).toMatchObject({ type: "session.updated" });
  more.resolve();
  expect(await stream.text()).toContain("[DONE]");
  socket.close();
});

it("a key that has moved is another key: pages are told its new address", async () => {
  await using before = await account();
  await using now = await account();
  await using broker = await brokerOver({ only: { baseUrl: before.baseUrl } });
  await broker.useConfig(yamlOver({ only: { baseUrl: now.baseUrl } }));
  const answer = await (await as(broker, "alice").mint()).json();
  expect(answer.connect.webrtc).toBe(`${now.baseUrl}/realtime/calls`);
  expect([before.of("mints").length, now.of("mints").length]).toEqual([0, 1]);
});

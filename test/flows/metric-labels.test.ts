// What callers invent does not stay in the metrics: each series is kept until the process ends.

import { METHODS } from "node:http";
import { connect } from "node:net";
import { expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { type Behaviour, chatAnswer, fakeOpenAi, refusing } from "../support/fake-openai.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";

const authorization = `Bearer ${ALICE}`;
const yaml = relayYaml("{ all: { allow: [everyone], cache_seconds: 60 } }", "metrics: { allow: [members] }");

const ask = async (broker: TestBroker, model: string, temperature: number): Promise<void> => {
  const answer = await broker.fetch("/v1/chat/completions", {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ model, temperature, messages: [{ role: "user", content: "Hello" }] }),
  });
  await answer.text();
};

const render = async (broker: TestBroker): Promise<string> =>
  (await broker.fetch("/metrics", { headers: { authorization } })).text();

const answeringTo =
  (known: string): Behaviour =>
  (...request) =>
    (request[1].body.includes(known) ? chatAnswer : refusing(404, {}, "model_not_found"))(...request);

it("a model is named there once OpenAI has answered for it, and not before", async () => {
  await using openai = await fakeOpenAi(answeringTo("gpt-5-mini"));
  await using broker = await createTestBroker({ openai: openai.baseUrl, yaml });
  for (const temperature of [0, 1]) {
    await ask(broker, "gpt-5-mini", temperature);
    await ask(broker, `invented-${temperature}`, temperature);
  }
  const text = await render(broker);
  expect(text).not.toContain("invented");
  expect(text).toContain('broker_relayed_tokens_total{model="gpt-5-mini",kind="input"} 6');
  expect(text).toContain('broker_relay_cache_total{outcome="miss"} 2');
});

it("so many models have a label of their own, and the others one together", async () => {
  await using openai = await fakeOpenAi(chatAnswer);
  await using broker = await createTestBroker({ openai: openai.baseUrl, yaml });
  for (let count = 0; count < 110; count += 1) await ask(broker, `gpt-${count}`, 1);
  const text = await render(broker);
  expect(new Set(text.match(/model="[^"]*"/g)).size).toBe(101);
  expect(text).toContain('broker_relayed_tokens_total{model="other",kind="input"} 30');
});

it("methods that nothing answers, and paths, tools and profiles that do not exist, make no series", async () => {
  await using openai = await fakeOpenAi(chatAnswer);
  await using broker = await createTestBroker({ openai: openai.baseUrl, yaml });
  const { hostname, port } = new URL(broker.url);
  const rest = `Host: ${hostname}\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`;
  for (const method of METHODS.filter((each) => each !== "CONNECT")) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () =>
        socket.write(`${method} /invented HTTP/1.1\r\n${rest}`),
      );
      socket
        .on("close", () => resolve())
        .on("error", () => {})
        .resume();
    });
  }
  for (const path of ["/invented-1", "/assets/invented-2", "/problems/invented-3", "/v1/invented-4"]) {
    await broker.fetch(path, { headers: { authorization } });
  }
  await broker.fetch("/ephemeral-key?profile=invented-5", { headers: { authorization } });
  const text = await render(broker);
  expect(text).not.toContain("invented");
  const known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];
  const found = [...text.matchAll(/method="([^"]*)"/g)].map(([, method = ""]) => method);
  expect(found).toContain("other");
  expect(found.filter((method) => !known.includes(method))).toEqual([]);
});

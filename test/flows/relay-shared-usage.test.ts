// Who is counted for an answer that several callers share: OpenAI is paid once, whichever of them leaves.
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { fakeOpenAi } from "../support/fake-openai.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";

const yaml = relayYaml("{ all: { allow: [everyone], cache_seconds: 60 } }", "metrics: { allow: [members] }");
const body = JSON.stringify({ model: "gpt-5-mini", temperature: 0, messages: [], stream: true });
const chunk = 'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n';
const usage = 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n';

const metricsOf = (url: string) =>
  fetch(new URL("/metrics", url), { headers: { authorization: `Bearer ${ALICE}` } });

/** OpenAI answers when it is told to begin, and ends its answer when it is told to. */
const setUp = async () => {
  const [begin, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const openai = await fakeOpenAi(async (answer) => {
    await begin.promise;
    answer.writeHead(200, { "content-type": "text/event-stream" }).write(chunk);
    await end.promise;
    answer.end(`${usage}data: [DONE]\n\n`);
  });
  const broker = await createTestBroker({ openai: openai.baseUrl, yaml });
  const ask = (more: Record<string, string> = {}, leaving?: AbortController) =>
    broker.fetch("/v1/chat/completions", {
      method: "POST",
      headers: { authorization: `Bearer ${ALICE}`, "content-type": "application/json", ...more },
      body,
      ...(leaving && { signal: leaving.signal }),
    });
  const paid = async () => {
    const text = await (await metricsOf(broker.url)).text();
    return /^broker_relayed_tokens_total\{.*kind="output"\} (\d+)$/m.exec(text)?.[1];
  };
  const stop = async () => {
    await broker.stop();
    await openai[Symbol.asyncDispose]();
  };
  return { openai, broker, begin, end, ask, paid, [Symbol.asyncDispose]: stop };
};
it("all who stay are counted once, and those who have it from memory never", async () => {
  await using at = await setUp();
  at.begin.resolve();
  const answers = await Promise.all([at.ask(), at.ask(), at.ask()]);
  at.end.resolve();
  for (const answer of answers) expect(await answer.text()).toBe(`${chunk}data: [DONE]\n\n`);
  expect((await at.ask()).headers.get("x-broker-cache")).toBe("hit");
  expect(at.openai.asked.length).toBe(1);
  expect(await at.paid()).toBe("2");
});

it("it is counted when the one who asked first leaves in the middle", async () => {
  await using at = await setUp();
  at.begin.resolve();
  const leaving = new AbortController();
  await at.ask({}, leaving);
  const joined = await at.ask();
  leaving.abort();
  await until("the first has left", () => at.broker.logs.some(({ msg }) => msg === "request"));
  at.end.resolve();
  expect([await joined.text(), joined.headers.get("x-broker-cache")]).toEqual([
    `${chunk}data: [DONE]\n\n`,
    "joined",
  ]);
  expect(await at.paid()).toBe("2");
});

it("it is counted when the one who asked first has no time to wait for its beginning", async () => {
  await using at = await setUp();
  const impatient = at.ask({ "x-stainless-timeout": "0.2" });
  await until("OpenAI was asked", () => at.openai.asked.length > 0);
  const patient = at.ask();
  expect((await impatient).status).toBe(504);
  at.begin.resolve();
  at.end.resolve();
  expect(await (await patient).text()).toBe(`${chunk}data: [DONE]\n\n`);
  expect(at.openai.asked.length).toBe(1);
  expect(await at.paid()).toBe("2");
});

it("a stream from memory is as its caller asked, also after the operator has changed `include_usage`", async () => {
  await using at = await setUp();
  at.begin.resolve();
  at.end.resolve();
  await (await at.ask()).text();
  await at.broker.useConfig(yaml.replace("cache_seconds", "include_usage: false, cache_seconds"));
  const answer = await at.ask();
  expect(answer.headers.get("x-broker-cache")).toBe("miss");
  await answer.text();
  expect(at.openai.asked.map(({ body: asked }) => asked.includes("include_usage"))).toEqual([true, false]);
});

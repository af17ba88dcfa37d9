// The rule that no caller harms another: one sends everything that fails, is huge, slow, deep or malformed, another goes on.
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { expect, it } from "vitest";
import { abuse, abusedYaml } from "../support/abuse.ts";
import { startBackend } from "../support/backend.ts";
import { startMisbehavingOpenAi } from "../support/misbehaving-openai.ts";
import { startProcess } from "../support/process.ts";

const SECONDS = 20;

it("serves every mint, chat and tool call of a caller while another misbehaves in every way", async () => {
  await using openai = await startMisbehavingOpenAi();
  await using backend = await startBackend((response, { url }) => {
    if (url === "/broken") response.destroy();
  });
  const env = {
    OPENAI_API_KEY: "sk-test",
    OPENAI_BASE_URL: `${openai.url}/v1`,
    DATABASE_URL: "sqlite::memory:",
  };
  await using service = startProcess(env, abusedYaml(backend.url));
  const url = await service.listening();
  const dispatcher = new Agent();
  const ask = async (path: string, body?: object): Promise<string> => {
    const headers = { authorization: "Bearer other-0123456789abcdef", "content-type": "application/json" };
    const { statusCode, body: answer } = await request(url + path, {
      method: body ? "POST" : "GET",
      headers,
      body: body ? JSON.stringify(body) : null,
      dispatcher,
    });
    const text = await answer.text();
    return statusCode === 200 ? "fine" : `${path} was answered ${statusCode}: ${text}`;
  };
  const outcome = (path: string, body?: object) => ask(path, body).catch((error: Error) => error.message);
  const chat = { model: "gpt-5-mini", messages: [{ role: "user", content: "Hello." }] };
  const began = performance.now();
  const abusing = abuse({ url, token: "abuser-0123456789abcdef" }, { perSecond: 50, seconds: SECONDS });
  const answers: Promise<string>[] = [];
  while (performance.now() - began < SECONDS * 1000) {
    answers.push(outcome("/ephemeral-key"), outcome("/v1/chat/completions", chat));
    answers.push(outcome("/current_time?time_zone=UTC"));
    await sleep(100);
  }
  const outcomes = await Promise.all(answers);
  // 600 on a machine with nothing else to do.
  expect(outcomes.length).toBeGreaterThan(100);
  expect(outcomes.filter((each) => each !== "fine")).toEqual([]);
  expect(await abusing).toBe(50 * SECONDS);
  await dispatcher.close();
});

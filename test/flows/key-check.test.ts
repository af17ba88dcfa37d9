// What a start says of keys that do not work at OpenAI, and what an orchestrator is told.
import { expect, it } from "vitest";
import { startProcess } from "../support/process.ts";
import { serve } from "../support/server.ts";

const key = { OPENAI_API_KEY: "sk-operator-0123456789abcdef" };
const callers = "callers: { tokens: [{ name: alice, token: alice-0123456789abcdef }] }\n";

it("names a key that OpenAI does not know soon after the start, and is not ready until it is known", async () => {
  let isKnown = false;
  const error = { message: "Incorrect API key provided", code: "invalid_api_key" };
  await using openai = await serve((_, answer) => {
    answer.writeHead(isKnown ? 200 : 401, { "content-type": "application/json" });
    answer.end(JSON.stringify(isKnown ? { data: [] } : { error }));
  });
  await using service = startProcess({ ...key, OPENAI_BASE_URL: `${openai.url}/v1` }, callers);
  const url = await service.listening();
  const ready = () => fetch(`${url}/readyz`);
  await expect.poll(() => service.output).toMatch(/"upstream-key-out"/);
  expect(service.output).toMatch(/"level":"warn".*"key":"default","setting":"OPENAI_API_KEY"/);
  const answer = await ready();
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "30"]);
  expect(await answer.json()).toMatchObject({ detail: expect.stringContaining("rejects every key") });
  isKnown = true;
  await expect.poll(async () => (await ready()).status).toBe(200);
});

it("does not wait at its start for an OpenAI that does not answer, and warns of it", async () => {
  await using openai = await serve(() => {});
  await using service = startProcess({ ...key, OPENAI_BASE_URL: `${openai.url}/v1` }, callers);
  const url = await service.listening();
  expect(service.output).not.toContain("upstream-key-unproven");
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  await expect.poll(() => service.output).toMatch(/in time.*"upstream-key-unproven"/);
});

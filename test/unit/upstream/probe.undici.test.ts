// Probes of a key, against servers that answer as OpenAI does, or as it should not.
import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { json, refusal } from "../../support/openai-responses.ts";
import { sdkAccountOver } from "../../support/sdk-account.ts";

let server: Awaited<ReturnType<typeof sdkAccountOver>>["server"] | undefined;
afterEach(() => server?.[Symbol.asyncDispose]());

const accountOver = async (respond: (response: ServerResponse) => void) => {
  const over = await sdkAccountOver(respond);
  server = over.server;
  return over;
};

const moderation = () => ({
  ...{ model: "omni", input: ["one", "two"], callerId: "a", timeoutMs: 5000 },
  signal: new AbortController().signal,
});

describe("a probe", () => {
  it.each<[string, (response: ServerResponse) => void, object]>([
    ["the models", json({ data: [] }), { kind: "answered" }],
    ["a wrong key", refusal(401, { code: "invalid_api_key" }), { kind: "key-invalid" }],
    ["a 401 that says nothing", refusal(401, {}), { kind: "refused" }],
    ["a redirect", refusal(302, {}, { location: "/v1/elsewhere" }), { kind: "request-at-fault" }],
    ["a 404", refusal(404, {}), { kind: "request-at-fault" }],
    ["a 502", refusal(502, {}), { kind: "failed", how: "gateway" }],
    ["a cut connection", (response) => response.destroy(), { kind: "failed", how: "connection" }],
    ["no answer in time", () => {}, { kind: "failed", how: "timeout" }],
    [
      "an error without end",
      (response) => response.writeHead(500).write("{"),
      { kind: "failed", how: "timeout" },
    ],
  ])("that meets %s tells so", async (_, respond, outcome) => {
    const { account, seen } = await accountOver(respond);
    expect(await account.probe(new AbortController().signal)).toMatchObject(outcome);
    expect(seen.map(({ url }) => url)).toEqual(["/v1/models"]);
    expect(seen[0]?.headers).toMatchObject({ authorization: "Bearer sk-of-a", "openai-project": "proj-1" });
  });

  it("uses a connection of its own, as an old one would prove nothing", async () => {
    const { account, seen } = await accountOver(json({ results: Array(2).fill({ flagged: false }) }));
    for (let time = 0; time < 2; time += 1) {
      await account.moderate(moderation(), 5000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await account.probe(new AbortController().signal);
    const [first, second, probe] = seen.map(({ port }) => port);
    expect([second === first, probe === first]).toEqual([true, false]);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ["works", json({ data: [] })],
    ["fails", (response) => response.destroy()],
  ])("that %s leaves no connection behind", async (_, respond) => {
    const { account, probeAgents } = await accountOver(respond);
    await account.probe(new AbortController().signal);
    expect(probeAgents.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  it("that is not needed any more says nothing about the key", async () => {
    const closing = new AbortController();
    const { account } = await accountOver(() => closing.abort());
    expect(await account.probe(closing.signal)).toEqual({ kind: "abandoned" });
  });
});

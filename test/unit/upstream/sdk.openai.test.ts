// Moderations over OpenAI's client, against servers that answer as OpenAI does, or as it should not.
import type { ServerResponse } from "node:http";
import { Agent, errors } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import type { Failure } from "../../../server/failures/failure.ts";
import { sdkAccount } from "../../../server/upstream/sdk.openai.ts";
import { upstreamErrorOf } from "../../../server/upstream/upstream-error.ts";
import { json, refusal } from "../../support/openai-responses.ts";
import { sdkAccountOver, sdkKey, sdkPorts } from "../../support/sdk-account.ts";

let server: Awaited<ReturnType<typeof sdkAccountOver>>["server"] | undefined;
afterEach(() => server?.[Symbol.asyncDispose]());

const accountOver = async (respond: (response: ServerResponse) => void) => {
  const over = await sdkAccountOver(respond);
  server = over.server;
  return over;
};

const moderation = (signal = new AbortController().signal) => ({
  ...{ model: "omni", input: ["one", "two"], callerId: "a", timeoutMs: 5000 },
  signal,
});
const failing = async (work: Promise<unknown>) => {
  const error = (await work.catch((failure: unknown) => failure)) as Failure;
  return [error.code, upstreamErrorOf(error)?.outcome, upstreamErrorOf(error)?.report.status];
};

describe("a moderation", () => {
  it("tells of each input whether it is flagged, asked under the key's account", async () => {
    const { account, seen } = await accountOver(json({ results: [{ flagged: false }, { flagged: true }] }));
    expect(await account.moderate(moderation(), 4999.5)).toEqual([false, true]);
    expect(seen.map(({ url }) => url)).toEqual(["/v1/moderations"]);
    expect(JSON.parse(seen[0]?.body ?? "")).toEqual({ model: "omni", input: ["one", "two"] });
    expect(seen[0]?.headers).toMatchObject({
      authorization: "Bearer sk-of-a",
      "openai-organization": "org-1",
      "openai-project": "proj-1",
      "user-agent": "realtime-key-broker",
    });
  });

  it.each([
    ["no results", {}],
    ["a result too few", { results: [{ flagged: false }] }],
    ["a result too many", { results: Array(3).fill({ flagged: false }) }],
    ["no verdict", { results: [{ flagged: false }, {}] }],
    ["null", { results: [{ flagged: false }, null] }],
  ])("with %s is unreadable, and the log learns that", async (_, body) => {
    const { account } = await accountOver(json(body));
    const failure = account.moderate(moderation(), 5000);
    await expect(failure).rejects.toMatchObject({
      code: "upstream-refused",
      cause: {
        message: "OpenAI's moderation has not the documented shape",
        outcome: { kind: "unreadable" },
        report: {},
      },
    });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ["has no end", json({ results: Array(2).fill({ flagged: false }), more: "a".repeat(1024 * 1024) })],
    [
      "breaks off",
      (response) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
        response.write("{", () => response.destroy());
      },
    ],
  ])("that %s is unreadable, and the log learns that", async (_, respond) => {
    const { account } = await accountOver(respond);
    const failure = account.moderate(moderation(), 5000);
    await expect(failure).rejects.toMatchObject({
      code: "upstream-refused",
      cause: {
        message: "OpenAI's response cannot be read",
        outcome: { kind: "unreadable" },
        report: {},
      },
    });
  });

  it.each<[string, (response: ServerResponse) => void, object, number | undefined]>([
    ["a 400", refusal(400, {}), { kind: "request-at-fault" }, 400],
    ["a wrong key", refusal(401, { code: "invalid_api_key" }), { kind: "key-invalid" }, 401],
    [
      "a limit",
      refusal(429, { code: "rate_limit_exceeded" }, { "retry-after": "7" }),
      { kind: "limited", waitMs: 7000, hasRoom: false },
      429,
    ],
    ["a 503", refusal(503, {}), { kind: "failed", how: "gateway" }, 503],
    ["a redirect", refusal(302, {}, { location: "/v1/elsewhere" }), { kind: "request-at-fault" }, 302],
    ["a cut connection", (response) => response.destroy(), { kind: "failed", how: "connection" }, undefined],
  ])("meets %s once, and says whose fault it is", async (_, respond, outcome, status) => {
    const { account, seen } = await accountOver(respond);
    expect(await failing(account.moderate(moderation(), 5000))).toEqual([
      "upstream-refused",
      outcome,
      status,
    ]);
    expect(seen.length).toBe(1);
  });

  it("without an answer ends in time", async () => {
    const { account } = await accountOver(() => {});
    const outcome = { kind: "failed", how: "timeout" };
    expect(await failing(account.moderate(moderation(), 100))).toEqual([
      "upstream-timeout",
      outcome,
      undefined,
    ]);
  });

  it.each([
    ["answer", 200],
    ["error", 500],
  ])("whose %s pauses ends in time too", async (_, status) => {
    const { account } = await accountOver((response) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.write("{");
    });
    expect((await failing(account.moderate(moderation(), 100)))[0]).toBe("upstream-timeout");
  });

  it("that gets no connection in time may be done with another key", async () => {
    const error = new errors.ConnectTimeoutError("no connection in time");
    const unconnected = new Agent({ connect: (_, done) => done(error, null) });
    const account = sdkAccount({ ...sdkKey, base_url: "http://127.0.0.1:9/v1" }, sdkPorts(unconnected));
    const outcome = { kind: "failed", how: "connection" };
    expect(await failing(account.moderate(moderation(), 5000))).toEqual([
      "upstream-refused",
      outcome,
      undefined,
    ]);
  });

  it("ends with its caller", async () => {
    const leaving = new AbortController();
    const reason = new Error("the caller left");
    const { account } = await accountOver(() => leaving.abort(reason));
    await expect(account.moderate(moderation(leaving.signal), 5000)).rejects.toBe(reason);
  });
});

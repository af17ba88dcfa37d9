// Calling a tool: its time, its size, and what becomes of what it throws.
import { expect, it, vi } from "vitest";
import { z } from "zod";
import { Failure } from "../../../server/failures/failure.ts";
import { callTool, checkArguments } from "../../../server/tools/call.ts";
import { type Answer, defineTool, type ToolContext } from "../../../server/tools/tool.ts";
import { createTestTime } from "../../support/time.ts";

const caller = { kind: "guest", id: "guest:127.0.0.1" } as const;
type Run = (args: { text?: string | undefined }, context: ToolContext) => Answer | Promise<Answer>;

const call = async (
  run: Run,
  { query = "", limits = {}, signal = new AbortController().signal, time = createTestTime() } = {},
) => {
  const parameters = z.object({ text: z.string().optional() });
  const tool = defineTool({ name: "tested", description: "Is tested.", parameters, run, ...limits });
  const accepted = checkArguments(tool, { query, body: undefined });
  return callTool(time)(tool, accepted, caller, () => signal);
};
const codeOf = (calling: Promise<unknown>) =>
  calling.then(
    () => "answered",
    (error: unknown) => (error instanceof Failure ? error.code : error),
  );
const never = new Promise<never>(() => {});

it.each<[Answer, string, string]>([
  ["plain", "text/plain; charset=UTF-8", "plain"],
  ["", "text/plain; charset=UTF-8", ""],
  [{ a: [1] }, "application/json", '{"a":[1]}'],
  [["a"], "application/json", '["a"]'],
  [0, "application/json", "0"],
  [false, "application/json", "false"],
  [null, "application/json", "null"],
])("answers %j as %s", async (answer, contentType, body) => {
  expect(await call(() => answer)).toEqual({ contentType, body });
  expect(await call(async () => answer)).toEqual({ contentType, body });
});

it("ends what is only awaited like a promise, as many database libraries return", async () => {
  const time = createTestTime();
  // biome-ignore lint/suspicious/noThenProperty: it is what such a library has.
  const calling = codeOf(call(() => ({ then: () => {} }), { limits: { timeoutMs: 20 }, time }));
  await time.pass(20);
  expect(await Promise.race([calling, "it still waits"])).toBe("tool-timeout");
});

it.each([undefined, () => 1, Symbol("a")])("answers %s, which JSON has not, as null", async (answer) => {
  expect((await call(() => answer as never)).body).toBe("null");
});

it.each([
  { timeoutMs: 0 },
  { timeoutMs: Number.POSITIVE_INFINITY },
  { timeoutMs: 2 ** 31 },
  { timeoutMs: "5s" },
  { maxAnswerBytes: Number.NaN },
  { maxAnswerBytes: undefined },
])("defines no tool with the limit %j", async (limits) => {
  const [limit] = Object.keys(limits);
  const defining = call(() => "", { limits: limits as object });
  await expect(defining).rejects.toThrow(`${limit} of the tool tested must be a whole number`);
});

it("ends a tool that hangs and ignores its signal", async () => {
  const time = createTestTime();
  const calling = codeOf(call(() => never, { limits: { timeoutMs: 20 }, time }));
  await time.pass(19);
  expect(time.pending()).toBe(1);
  await time.pass(1);
  expect(await calling).toBe("tool-timeout");
});

it("tells a tool that listens that its time is up, and says so whatever the tool makes of it", async () => {
  const reasons: unknown[] = [];
  const run: Run = (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        reasons.push(signal.reason);
        reject(new Error("my own words"));
      });
    });
  const time = createTestTime();
  const calling = codeOf(call(run, { limits: { timeoutMs: 20 }, time }));
  await time.pass(20);
  expect(await calling).toBe("tool-timeout");
  expect(reasons).toEqual([expect.objectContaining({ code: "tool-timeout" })]);
});

it("tells a tool that its caller has gone", async () => {
  const leaving = new AbortController();
  const told = Promise.withResolvers<unknown>();
  const run: Run = (_, { signal }) => {
    signal.addEventListener("abort", () => told.resolve(signal.reason));
    queueMicrotask(() => leaving.abort(new Error("gone")));
    return never;
  };
  const calling = codeOf(call(run, { signal: leaving.signal }));
  expect(await told.promise).toEqual(new Error("gone"));
  expect(await calling).not.toBe("answered");
});

it("does not wait for a tool whose caller had gone before", async () => {
  expect(await codeOf(call(() => never, { signal: AbortSignal.abort(new Error("gone")) }))).not.toBe(
    "answered",
  );
});

it("leaves nothing behind: no timer, no listener on the caller's connection", async () => {
  const { signal } = new AbortController();
  const remove = vi.spyOn(signal, "removeEventListener");
  const add = vi.spyOn(signal, "addEventListener");
  const time = createTestTime();
  await call(async () => "done", { signal, time });
  expect([add.mock.calls.length, remove.mock.calls.length, time.pending()]).toEqual([1, 1, 0]);
  vi.restoreAllMocks();
});

it.each<[string, Run, string]>([
  [
    "throws",
    () => {
      throw new Error("disk full");
    },
    "tool-failed",
  ],
  [
    "rejects",
    async () => {
      throw new Error("disk full");
    },
    "tool-failed",
  ],
  [
    "throws what is no error",
    () => {
      throw "text";
    },
    "tool-failed",
  ],
  [
    "refuses by itself",
    () => {
      throw new Failure("arguments-invalid");
    },
    "arguments-invalid",
  ],
  [
    "answers in circles",
    () => {
      const a: Record<string, unknown> = {};
      a.a = a;
      return a;
    },
    "tool-failed",
  ],
  ["answers a number JSON has not", () => 10n as never, "tool-failed"],
])("a tool that %s", async (_, run, code) => {
  expect(await codeOf(call(run))).toBe(code);
});

it("counts an answer in bytes", async () => {
  const limits = { maxAnswerBytes: 4 };
  expect(await codeOf(call(() => "éé", { limits }))).toBe("answered");
  expect(await codeOf(call(() => "ééa", { limits }))).toBe("tool-answer-too-large");
  expect(await codeOf(call(() => ["aa"], { limits }))).toBe("tool-answer-too-large");
});

it("runs nothing when an argument is wrong", async () => {
  const run = vi.fn(() => "ran");
  for (const query of ["text=a&text=b", "other=1", "text=%FF", "__proto__=1", `text=${"x".repeat(65_537)}`]) {
    expect(await codeOf(call(run, { query }))).toBe("arguments-invalid");
  }
  expect(run).not.toHaveBeenCalled();
});

// Failed calls to OpenAI: what the caller is told, what the log learns, and what the key is blamed for.
import { expect, it } from "vitest";
import { Failure } from "../../../server/failures/failure.ts";
import {
  connectionFailure,
  messageOf,
  timeoutFailure,
  UpstreamError,
  unreadableFailure,
  upstreamErrorOf,
} from "../../../server/upstream/upstream-error.ts";

it.each<[string, Failure, string, object]>([
  [
    "a connection that fails",
    connectionFailure(new Error("reset")),
    "upstream-refused",
    {
      message: "OpenAI cannot be reached",
      outcome: { kind: "failed", how: "connection" },
      report: { message: "reset" },
    },
  ],
  [
    "a timeout",
    timeoutFailure(),
    "upstream-timeout",
    { message: "no answer in time", outcome: { kind: "failed", how: "timeout" }, report: {} },
  ],
  [
    "a success without a usable body",
    unreadableFailure("no JSON", { requestId: "req_1" }),
    "upstream-refused",
    { message: "no JSON", outcome: { kind: "unreadable" }, report: { requestId: "req_1" } },
  ],
])("%s is told to the caller and the log, and blamed on the key", (_, failure, code, cause) => {
  expect(failure.code).toBe(code);
  const { name, message, outcome, report } = upstreamErrorOf(failure) ?? {};
  expect({ name, message, outcome, report }).toEqual({ name: "UpstreamError", ...cause });
});

it("a failure that is the caller's own is blamed on no key", () => {
  const failures = [
    connectionFailure(new Error("gone"), { kind: "abandoned" }),
    timeoutFailure({ kind: "abandoned" }),
  ];
  expect(failures.map((failure) => upstreamErrorOf(failure)?.outcome)).toEqual(
    Array(2).fill({ kind: "abandoned" }),
  );
});

it("only a failure that OpenAI caused has something to say of a key", () => {
  const cause = new UpstreamError("no", {}, { kind: "refused" });
  const others = [
    cause,
    new Error("no", { cause }),
    new Failure("upstream-refused", undefined, { cause: new Error() }),
  ];
  expect(others.map(upstreamErrorOf)).toEqual([undefined, undefined, undefined]);
});

it("an error's words are logged without keys, and other values are not", () => {
  expect(messageOf(new Error("no sk-abcdefgh12345678"))).toBe("no [redacted]");
  expect(messageOf("sk-abcdefgh12345678")).toBe("");
});

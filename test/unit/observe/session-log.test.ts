// Log lines of supervised voice sessions.
import { expect, it } from "vitest";
import type { Log } from "../../../server/observe/log.ts";
import { sessionLog } from "../../../server/observe/session-log.ts";
import type { VoiceEvent } from "../../../server/observe/voice-event.ts";
import { noQuantities } from "../../../server/usage/quantities.ts";

const of = {
  ...{
    at: 1,
    sessionId: "vs_1",
    caller: { kind: "user", id: "user:alice", team: "red" } as const,
    profile: "sales",
  },
  ...{ model: "gpt-realtime", upstreamKey: "eu", tags: [] },
} as const;
const fields = {
  ...{ session: "vs_1", caller: "user:alice", team: "red", profile: "sales", model: "gpt-realtime" },
  upstream_key: "eu",
};

const linesOf = (event: VoiceEvent) => {
  const lines: Parameters<Log["write"]>[] = [];
  sessionLog({ write: (...line) => lines.push(line) })(event);
  return lines;
};

it("tells that a session began, with our name of it and OpenAI's", () => {
  expect(
    linesOf({ ...of, kind: "session-began", interface: "realtime", supervision: "enforce", callId: "rtc_1" }),
  ).toEqual([
    ["info", "session-began", { ...fields, interface: "realtime", supervision: "enforce", call: "rtc_1" }],
  ]);
});

it("tells why a session ended, and what it used", () => {
  const ended = { reason: "idle", seconds: 61.5, tokens: 900, costNanoUsd: 12_000_000 };
  expect(linesOf({ ...of, kind: "session-ended", ...ended })).toEqual([
    ["info", "session-ended", { ...fields, reason: "idle", seconds: 61.5, tokens: 900, cost_usd: 0.012 }],
  ]);
});

it("tells as an error that a session could not be ended, and what to do", () => {
  const [line] = linesOf({
    ...of,
    kind: "session-trouble",
    what: "not-ended",
    cause: new Error("timed out"),
  });
  expect(line).toEqual([
    "error",
    "session-not-ended",
    expect.objectContaining({
      ...fields,
      cause: { name: "Error", message: "timed out" },
      advice: expect.stringMatching(/revoke/),
    }),
  ]);
  const [lost] = linesOf({ ...of, kind: "session-trouble", what: "sideband-lost" });
  expect(lost?.slice(0, 2)).toEqual(["warn", "session-sideband-lost"]);
});

it("names no guest, and tells what is metered to those who debug", () => {
  const guest = { kind: "guest", id: "guest:203.0.113.7" } as const;
  const metered: VoiceEvent = {
    ...{ ...of, kind: "voice-metered", caller: guest, usageId: "resp_1", of: "response" },
    spent: { quantities: noQuantities, costNanoUsd: undefined },
  };
  const lines = linesOf(metered);
  expect(lines).toEqual([
    [
      "debug",
      "voice-metered",
      expect.objectContaining({ caller: "guest", usage_id: "resp_1", of: "response" }),
    ],
  ]);
  expect(JSON.stringify(lines)).not.toContain("203.0.113.7");
});

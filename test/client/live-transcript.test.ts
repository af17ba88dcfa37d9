// GPT-Live's transcripts as lines: both sides may speak at once, and nothing says when one has finished.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { liveTranscript } from "../../client/live/transcript.ts";
import type { TranscriptLine } from "../../client/voice/reports.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const heard = () => {
  const lines: TranscriptLine[] = [];
  const transcript = liveTranscript((line) => lines.push(line));
  const say = (side: "input" | "output", delta: string, start_ms: number, end_ms: number) =>
    transcript.onEvent({ type: `session.${side}_transcript.delta`, delta, start_ms, end_ms });
  const finals = () => lines.filter(({ final }) => final).map(({ role, text }) => `${role}: ${text}`);
  return { lines, say, finals, transcript };
};

it("grows a line as its speaker goes on", () => {
  const { say, lines } = heard();
  say("input", "What's the ", 0, 500);
  say("input", "weather?", 500, 900);
  expect(lines).toEqual([
    { id: "live-1", role: "user", text: "What's the ", final: false },
    { id: "live-1", role: "user", text: "What's the weather?", final: false },
  ]);
});

it("begins a new line after a pause of the speaker", () => {
  const { say, finals, transcript } = heard();
  say("output", "Sunny.", 0, 900);
  say("output", "Anything else?", 3000, 3900);
  expect(finals()).toEqual(["assistant: Sunny."]);
  transcript.end();
  expect(finals()).toEqual(["assistant: Sunny.", "assistant: Anything else?"]);
});

it("keeps both lines while both speak", () => {
  const { say, finals, transcript } = heard();
  say("output", "It is sunny ", 0, 1000);
  say("input", "Mm-hm.", 900, 1100);
  say("output", "in Paris.", 1000, 2000);
  transcript.end();
  expect(finals()).toEqual(["assistant: It is sunny in Paris.", "user: Mm-hm."]);
});

it("finishes the lines when no more is said", () => {
  const { say, finals } = heard();
  say("input", "Good-bye.", 0, 500);
  vi.advanceTimersByTime(2900);
  expect(finals()).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(finals()).toEqual(["user: Good-bye."]);
});

it("takes no line from other events, nor from empty ones", () => {
  const { say, lines, transcript } = heard();
  transcript.onEvent({ type: "session.started" });
  transcript.onEvent({});
  say("input", "", 0, 0);
  expect(lines).toEqual([]);
});

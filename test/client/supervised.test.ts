// What a page does in a session that the service watches over.
import { expect, it, vi } from "vitest";
import {
  awaitReason,
  type FollowPorts,
  followSession,
  type SessionEnd,
  SessionEnded,
} from "../../client/voice/supervised.ts";
import { VoiceError } from "../../client/voice/voice-error.ts";

const stream = (...lines: string[]) => new Response(lines.map((line) => `${line}\n`).join(""));
const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

const follow = (answer: (method: string) => Promise<Response>) => {
  const over = new AbortController();
  const ended: SessionEnd[] = [];
  const asked: string[] = [];
  const ask: FollowPorts["ask"] = (method, path) => {
    asked.push(`${method} ${path}`);
    return answer(method);
  };
  followSession({ ask, signal: over.signal, onEnd: (end) => void ended.push(end) });
  return { over, ended, asked };
};

it("the page learns why its session ended, and asks no more", async () => {
  const { ended, asked, over } = follow(async () =>
    stream(
      ": heartbeat",
      "event: ends-soon",
      "data: {}",
      "event: state",
      "data: {broken",
      'data: {"state":"ended","reason":"duration"}',
    ),
  );
  await settle();
  expect(ended).toEqual([{ reason: "duration" }]);
  over.abort();
  expect(asked).toEqual(["GET /sessions/current"]);
});

it("a page that is done tells the service, which need not wait for its own timers", async () => {
  const { over, asked, ended } = follow((method) =>
    method === "DELETE" ? Promise.resolve(stream()) : new Promise(() => {}),
  );
  over.abort();
  await settle();
  expect([asked, ended]).toEqual([["GET /sessions/current", "DELETE /sessions/current"], []]);
});

it("a service that restarts is asked again", async () => {
  let times = 0;
  const { ended } = follow(async () => {
    times += 1;
    if (times === 1) throw new Error("gone");
    return stream("event: state", 'data: {"state":"ended","reason":"operator"}');
  });
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(ended).toEqual([{ reason: "operator" }]);
});

it("the user is told when it was a matter of time", () => {
  expect(new SessionEnded({ reason: "duration" }).userMessage).toContain("time");
  expect(new SessionEnded({ reason: "operator" }).code).toBe("session-ended");
});

it("a connection that the other side has closed waits for the reason where one may come, and no other does", () => {
  vi.useFakeTimers();
  const ended: string[] = [];
  const [followed, alone] = [true, false].map((isFollowed) =>
    awaitReason(
      () => isFollowed,
      ({ code }) => ended.push(code),
    ),
  );
  followed?.(new VoiceError("connection-lost", "ICE failed."));
  alone?.(new VoiceError("session-ended", "closed"));
  followed?.(new VoiceError("session-ended", "closed"));
  expect(ended).toEqual(["connection-lost", "session-ended"]);
  vi.advanceTimersByTime(2500);
  expect(ended).toHaveLength(3);
  vi.useRealTimers();
});

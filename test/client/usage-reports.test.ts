// What the client tells the broker of a session's usage: seldom, in the background, and at the end.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { EphemeralKey } from "../../client/answers.ts";
import { brokerClient } from "../../client/broker-client.ts";
import { type UsageReport, usageReporter } from "../../client/voice/usage-reports.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const key: EphemeralKey = {
  value: "ek_1",
  expires_at: 0,
  profile: "default",
  session: { id: "sess_1", type: "realtime", model: "m", output_modalities: null, voice: null },
  connect: { webrtc: "https://openai.example/calls", websocket: "" },
  usage_reports: true,
};
const done = (tokens: number) => ({ type: "response.done", response: { usage: { output_tokens: tokens } } });

const setUp = (answer: () => Promise<void> = async () => {}) => {
  const reports: UsageReport[] = [];
  const over = new AbortController();
  const send = (report: UsageReport) => {
    reports.push(report);
    return answer();
  };
  return { reports, over, onEvent: usageReporter(send, key, over.signal) };
};

it("gathers what is used in five seconds into one report", () => {
  const { reports, onEvent } = setUp();
  onEvent(done(1));
  onEvent({ type: "response.created" });
  onEvent({ type: "response.done", response: { status: "cancelled" } });
  onEvent(done(2));
  vi.advanceTimersByTime(4999);
  expect(reports).toEqual([]);
  vi.advanceTimersByTime(1);
  const named = { profile: "default", session: "sess_1", model: "m" };
  expect(reports).toEqual([{ ...named, usage: [{ output_tokens: 1 }, { output_tokens: 2 }] }]);
  vi.advanceTimersByTime(60_000);
  expect(reports.length).toBe(1);
  onEvent(done(3));
  vi.advanceTimersByTime(5000);
  expect(reports[1]?.usage).toEqual([{ output_tokens: 3 }]);
});

it("reports the rest at once when the session ends, and nothing after it", () => {
  const { reports, over, onEvent } = setUp();
  onEvent(done(1));
  over.abort();
  expect(reports.map(({ usage }) => usage)).toEqual([[{ output_tokens: 1 }]]);
  onEvent(done(2));
  vi.advanceTimersByTime(60_000);
  expect(reports.length).toBe(1);
});

it("reports the rest when the page is left", () => {
  const page = new EventTarget();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  const { reports, over, onEvent } = setUp();
  onEvent(done(1));
  page.dispatchEvent(new Event("pagehide"));
  expect(reports.length).toBe(1);
  over.abort();
  expect(reports.length).toBe(1);
});

it("is not disturbed by a broker that refuses", async () => {
  const { reports, onEvent } = setUp(() => Promise.reject(new Error("429")));
  onEvent(done(1));
  await vi.advanceTimersByTimeAsync(5000);
  onEvent(done(2));
  await vi.advanceTimersByTimeAsync(5000);
  expect(reports.map(({ usage }) => usage.length)).toEqual([1, 1]);
});

it("is sent so that it outlives the page", async () => {
  const fetch = vi.fn(
    async (..._: Parameters<typeof globalThis.fetch>) => new Response(null, { status: 204 }),
  );
  vi.stubGlobal("fetch", fetch);
  const broker = brokerClient({ url: "https://broker.example", token: "token-of-alice" });
  const over = new AbortController();
  broker.usageReporter(key, { signal: over.signal })(done(1));
  over.abort();
  await vi.advanceTimersByTimeAsync(0);
  const [address, init] = fetch.mock.calls[0] ?? [];
  expect(address).toBe("https://broker.example/usage/reports");
  expect(init).toMatchObject({ method: "POST", keepalive: true });
  expect(JSON.parse(String(init?.body))).toEqual({
    ...{ profile: "default", session: "sess_1", model: "m", usage: [{ output_tokens: 1 }] },
  });
});

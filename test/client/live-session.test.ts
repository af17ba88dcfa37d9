// A GPT-Live session of the page's, from its ticket to its end, over a connection of the test's own.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { EphemeralKey } from "../../client/answers.ts";
import type { VoiceBroker } from "../../client/broker-client.ts";
import { connectLive, type LiveEnd, type LiveOptions, type LiveState } from "../../client/live/index.ts";
import { connectRealtime } from "../../client/realtime/index.ts";
import { Peer, post, stubBrowser, track } from "../support/live-browser.ts";

const ticket: EphemeralKey = {
  value: "ek_ticket",
  expires_at: 0,
  profile: "live",
  session: { id: null, type: "live", model: "gpt-live-1", output_modalities: null, voice: null },
  connect: {
    webrtc: "https://broker/calls",
    websocket: "wss://broker",
    live: "https://broker/v1/live/sessions",
  },
};

beforeEach(() => {
  vi.useFakeTimers();
  stubBrowser();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const connected = async (
  options: LiveOptions = {},
  key = ticket,
  followSession?: VoiceBroker["followSession"],
) => {
  const [ends, states, lines]: [LiveEnd[], LiveState[], string[]] = [[], [], []];
  const live = await connectLive(
    {} as HTMLMediaElement,
    { fetchEphemeralKey: async () => key, ...(followSession && { followSession }) },
    {
      onEnd: (end) => ends.push(end),
      onState: (state) => states.push(state),
      onTranscript: ({ role, text, final }) => final && lines.push(`${role}: ${text}`),
      ...options,
    },
  );
  return { live, ends, states, lines, peer: Peer.last };
};

it("posts its offer with the ticket to the service, and is live when sound flows", async () => {
  const { live, states, peer } = await connected();
  expect(post.mock.calls[0]?.[0]).toBe(ticket.connect.live);
  expect(post.mock.calls[0]?.[1]).toMatchObject({
    method: "POST",
    headers: { authorization: "Bearer ek_ticket", "content-type": "application/json" },
    body: '{"sdp":"v=0 offer"}',
  });
  expect([live.state, states, "label" in peer.channel && peer.channel.label]).toEqual([
    "live",
    ["connecting", "live"],
    "oai-events",
  ]);
});

it("mutes the microphone itself, and tells OpenAI", async () => {
  const { live, peer } = await connected();
  live.mute();
  expect([live.muted, track.enabled, peer.channel.sent]).toEqual([
    true,
    false,
    [{ type: "session.input_audio.mute" }],
  ]);
  live.mute(false);
  expect([track.enabled, peer.channel.sent[1]]).toEqual([true, { type: "session.input_audio.unmute" }]);
});

it("asks OpenAI for the end before it closes, and hears the last words", async () => {
  const { live, ends, states, lines, peer } = await connected();
  const closing = live.close();
  expect([peer.channel.sent, peer.isClosed, track.enabled]).toEqual([
    [{ type: "session.close" }],
    false,
    false,
  ]);
  peer.channel.say({ type: "session.output_transcript.delta", delta: "Bye!", start_ms: 0, end_ms: 9 });
  peer.channel.say({ type: "session.closed", reason: "close_requested", usage: { seconds: 20 } });
  await closing;
  expect([peer.isClosed, states.at(-1), lines]).toEqual([true, "ended", ["assistant: Bye!"]]);
  expect(ends).toMatchObject([{ reason: "closed", mayStartAgain: true }]);
  expect(track.stop).toHaveBeenCalled();
});

it("closes without OpenAI's word after fifteen seconds", async () => {
  const { live, ends, peer } = await connected();
  const closing = live.close();
  await vi.advanceTimersByTimeAsync(14_900);
  expect(peer.isClosed).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  await closing;
  expect([peer.isClosed, ends]).toMatchObject([true, [{ reason: "closed" }]]);
});

it.each([
  ["close_requested", "service", false],
  ["expired", "expired", true],
  ["content", "content", false],
  ["connection_lost", "lost", true],
])("says why it ended: %s", async (reason, ours, mayStartAgain) => {
  const { ends, peer, live } = await connected();
  peer.channel.say({ type: "session.closed", reason });
  peer.channel.dispatchEvent(new Event("close"));
  expect([live.state, peer.isClosed]).toEqual(["ended", true]);
  expect(ends).toMatchObject([{ reason: ours, mayStartAgain, userMessage: expect.any(String) }]);
});

it("says why the service ended it, also where OpenAI's word of it comes first", async () => {
  let endHere = (_end: { reason: string }): void => {};
  const supervised = { ...ticket, supervision: { session: "vs_1", grant: "vg_1", server_tools: [] } };
  const followSession: NonNullable<VoiceBroker["followSession"]> = (key, { onEnd }) => {
    expect(key).toBe(supervised);
    endHere = onEnd;
  };
  const ended = async (work: (peer: Peer) => void): Promise<LiveEnd | undefined> => {
    const { ends, peer } = await connected({}, supervised, followSession);
    work(peer);
    await vi.advanceTimersByTimeAsync(3100);
    expect(ends).toHaveLength(1);
    return ends[0];
  };
  const closed = { type: "session.closed", reason: "close_requested" };
  const why = { reason: "service", serviceReason: "duration", mayStartAgain: false };
  expect(
    await ended(({ channel }) => {
      channel.say(closed);
      endHere({ reason: "duration" });
    }),
  ).toMatchObject({ ...why, userMessage: expect.stringContaining("time") });
  expect(await ended(() => endHere({ reason: "duration" }))).toMatchObject(why);
  expect(await ended(({ channel }) => channel.say(closed))).toMatchObject({ reason: "service" });
});

it("takes a short interruption for one, and a long one for the end", async () => {
  const { ends, peer } = await connected();
  peer.become("disconnected");
  peer.become("connected");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ends).toEqual([]);
  peer.become("disconnected");
  await vi.advanceTimersByTimeAsync(5100);
  expect(ends).toMatchObject([{ reason: "lost", mayStartAgain: true }]);
});

it("goes on after an error of OpenAI's", async () => {
  const problems: string[] = [];
  const { peer, live } = await connected({ onError: ({ code }) => problems.push(code) });
  peer.channel.say({ type: "error", error: { code: "unknown_parameter", message: "No." } });
  expect([problems, live.state]).toEqual([["unknown_parameter"], "live"]);
});

it("ends at once when the page's signal is aborted", async () => {
  const stopping = new AbortController();
  const { ends, peer } = await connected({ signal: stopping.signal });
  stopping.abort();
  expect([peer.isClosed, ends]).toMatchObject([true, [{ reason: "closed" }]]);
});

it("says that a profile is of the other interface", async () => {
  const { live: _, ...connect } = ticket.connect;
  const realtime = { ...ticket, session: { ...ticket.session, type: "realtime" as const }, connect };
  await expect(connected({}, realtime)).rejects.toMatchObject({ code: "profile-not-live" });
  expect(track.stop).toHaveBeenCalled();
  const broker = { fetchEphemeralKey: async () => ticket, callTool: async () => null };
  await expect(connectRealtime({} as HTMLMediaElement, broker)).rejects.toMatchObject({
    code: "profile-is-live",
  });
});

it("fails with the service's reason, and releases the microphone", async () => {
  const error = { error: { message: "All sessions at once are in use." } };
  post.mockResolvedValueOnce(Response.json(error, { status: 429 }));
  const states: LiveState[] = [];
  await expect(connected({ onState: (state) => states.push(state) })).rejects.toMatchObject({
    code: "offer-refused",
    message: expect.stringContaining("All sessions at once"),
  });
  expect([states, track.stop.mock.calls.length > 0]).toEqual([["connecting", "failed"], true]);
});

it("gives up when no sound flows in time", async () => {
  vi.stubGlobal(
    "RTCPeerConnection",
    class extends Peer {
      override setRemoteDescription = async () => {};
    },
  );
  const connecting = connected();
  const refused = expect(connecting).rejects.toMatchObject({ code: "timeout" });
  await vi.advanceTimersByTimeAsync(20_100);
  await refused;
  expect(Peer.last.isClosed).toBe(true);
});

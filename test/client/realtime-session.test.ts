// A voice session that ends while its key is on the way: no connection is opened for it.
import { afterEach, expect, it, vi } from "vitest";
import type { EphemeralKey } from "../../client/answers.ts";
import { openSession } from "../../client/realtime/session.ts";

afterEach(() => vi.unstubAllGlobals());

const key: EphemeralKey = {
  value: "ek_1",
  expires_at: 0,
  profile: "default",
  session: { id: null, type: "realtime", model: null, output_modalities: null, voice: null },
  connect: { webrtc: "https://openai.example/calls", websocket: "" },
};

it.each(["before the key is there", "when the key is there"])(
  "opens nothing when it was closed %s",
  async (when) => {
    const peer = vi.fn();
    vi.stubGlobal("RTCPeerConnection", peer);
    const closing = new AbortController();
    const told: string[] = [];
    const opening = openSession({
      audio: {} as HTMLMediaElement,
      microphone: undefined,
      broker: {
        fetchEphemeralKey: async () => {
          if (when.startsWith("before")) closing.abort(new Error("closed"));
          return key;
        },
        callTool: async () => null,
      },
      options: {},
      notify: (name) => {
        told.push(name);
        closing.abort(new Error("closed"));
      },
      onTranscript: () => {},
      history: [],
      signal: closing.signal,
      onOver: () => told.push("onOver"),
    });
    await expect(opening).rejects.toThrow("closed");
    expect([peer.mock.calls, told]).toEqual([[], when.startsWith("before") ? [] : ["onKey"]]);
  },
);

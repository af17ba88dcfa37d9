// A browser's WebRTC and microphone for tests of the client: a connection that the test drives.
import { vi } from "vitest";

export class Channel extends EventTarget {
  readyState = "open";
  sent: { type: string }[] = [];
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  say(event: object) {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(event) }));
  }
}

export class Peer extends EventTarget {
  static last: Peer;
  channel = new Channel();
  connectionState = "new";
  isClosed = false;
  localDescription = { sdp: "v=0 offer" };
  createDataChannel = (label: string) => Object.assign(this.channel, { label });
  addTrack = () => {};
  addTransceiver = () => {};
  setLocalDescription = async () => {};
  setRemoteDescription = async () => this.become("connected");
  constructor() {
    super();
    Peer.last = this;
  }
  become(state: string) {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }
  close() {
    this.isClosed = true;
  }
}

export const track = { enabled: true, stop: vi.fn<() => void>(), addEventListener: () => {} };
const stream = { getTracks: () => [track], getAudioTracks: () => [track] };
const answer = { session: { id: "live_1" }, transport: { type: "webrtc", sdp: "v=0 answer" } };
export const post = vi.fn(async (_url: string, _init: RequestInit) => Response.json(answer, { status: 201 }));

/** Puts them, and a service that answers each offer, in the browser's place. */
export const stubBrowser = (): void => {
  Object.assign(track, { enabled: true });
  track.stop.mockClear();
  post.mockClear();
  vi.stubGlobal("fetch", post);
  vi.stubGlobal("RTCPeerConnection", Peer);
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: async () => stream } });
  vi.stubGlobal("isSecureContext", true);
};

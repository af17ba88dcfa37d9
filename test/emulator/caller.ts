// A caller without a browser: WebRTC by werift, with a recorded voice.
import { MediaStreamTrack, RTCPeerConnection, RtpHeader, RtpPacket, useOPUS } from "werift";
import { faultsOf } from "./event-check.ts";
import type { Event } from "./socket-client.ts";

export interface Caller {
  readonly events: Event[];
  /** Opus packets that have arrived. */
  packets(): number;
  faults(): string[];
  offer(): Promise<string>;
  accept(answer: string): Promise<void>;
  send(event: object): void;
  /** The next event of this type that has not been awaited yet. */
  next(type: string): Promise<Event>;
  /** Sends packets in real time; silence afterwards is up to the caller. */
  speak(packets: readonly Uint8Array[]): () => void;
  /** Resolves when the other side has ended the call. */
  ended: Promise<void>;
  /** Resolves when media flow. */
  connected: Promise<void>;
  close(): Promise<void>;
}

export interface CallerOptions {
  /** Whether it has a data channel, without which it sees no events. Default: it has. */
  events?: boolean;
}

export const createCaller = ({ events: hasEvents = true }: CallerOptions = {}): Caller => {
  const connection = new RTCPeerConnection({
    codecs: { audio: [useOPUS()], video: [] },
    iceServers: [],
    iceUseIpv6: false,
    iceAdditionalHostAddresses: ["127.0.0.1"],
  });
  const channel = hasEvents ? connection.createDataChannel("oai-events") : undefined;
  const voice = new MediaStreamTrack({ kind: "audio" });
  connection.addTransceiver(voice, { direction: "sendrecv" });
  let received = 0;
  connection.onTrack.subscribe((track) => {
    track.onReceiveRtp.subscribe(() => {
      received += 1;
    });
  });

  const events: Event[] = [];
  const awaited = new Set<Event>();
  let wake = Promise.withResolvers<void>();
  channel?.onMessage.subscribe((data) => {
    events.push(JSON.parse(data.toString()));
    wake.resolve();
    wake = Promise.withResolvers();
  });
  const ended = Promise.withResolvers<void>();
  channel?.stateChanged.subscribe((state) => {
    if (state === "closed") ended.resolve();
  });
  const connected = Promise.withResolvers<void>();
  connection.connectionStateChange.subscribe((state) => {
    if (state === "connected") connected.resolve();
    if (state === "closed" || state === "failed") ended.resolve();
  });

  const next = async (type: string): Promise<Event> => {
    for (;;) {
      const found = events.find((event) => event.type === type && !awaited.has(event));
      if (found) {
        awaited.add(found);
        return found;
      }
      await wake.promise;
    }
  };

  let sequenceNumber = 0;
  const speak = (packets: readonly Uint8Array[]): (() => void) => {
    let at = 0;
    const timer = setInterval(() => {
      const packet = packets[at];
      if (!packet) return clearInterval(timer);
      at += 1;
      sequenceNumber += 1;
      const header = new RtpHeader({ sequenceNumber, timestamp: sequenceNumber * 960, payloadType: 0 });
      voice.writeRtp(new RtpPacket(header, Buffer.from(packet)));
    }, 20);
    return () => clearInterval(timer);
  };

  return {
    events,
    packets: () => received,
    faults: () => events.flatMap(faultsOf),
    offer: async () => {
      await connection.setLocalDescription(await connection.createOffer());
      return connection.localDescription?.sdp ?? "";
    },
    accept: (sdp) => connection.setRemoteDescription({ type: "answer", sdp }),
    send: (event) => channel?.send(JSON.stringify(event)),
    next,
    speak,
    ended: ended.promise,
    connected: connected.promise,
    close: () => connection.close(),
  };
};

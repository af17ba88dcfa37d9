// The far end of a WebRTC call: answers an offer, carries events on its data channel and Opus both ways.
import { MediaStreamTrack, RTCPeerConnection, RtpHeader, RtpPacket, useOPUS } from "werift";

export interface PeerHandlers {
  /** The channel for events is open. */
  open(): void;
  message(text: string): void;
  opus(packet: Uint8Array): void;
  /** The other side has gone, or never connected. */
  gone(): void;
}

export interface Peer {
  answer: string;
  sendMessage(text: string): void;
  sendOpus(payload: Uint8Array, first: boolean): void;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 20_000;
// Opus always counts in 48 kHz.
const TIMESTAMP_STEP = 960;

// werift would wait for ever where the offer lacks one of these.
const NEEDED = [/^m=audio /m, /^a=ice-ufrag:/m, /^a=ice-pwd:/m, /^a=fingerprint:/m];

/** Answers an offer, with a data channel or without one; rejects where it is invalid. */
export const answerOffer = async (offer: string, handlers: PeerHandlers): Promise<Peer> => {
  if ((offer.match(/^m=audio [1-9]/gm) ?? []).length > 1) throw new Error("it has more than one audio line");
  const lacking = NEEDED.find((line) => !line.test(offer));
  if (lacking) throw new Error(`it lacks ${lacking.source.replace(/^\^/, "").trim()}`);
  const connection = new RTCPeerConnection({
    codecs: { audio: [useOPUS()], video: [] },
    iceServers: [],
    iceUseIpv6: false,
    // For machines without a network: werift leaves the loopback interface out by default.
    iceAdditionalHostAddresses: ["127.0.0.1"],
  });
  let channel: { send(text: string): void; readyState: string } | undefined;
  let closed = false;

  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    await connection.close();
  };
  const gone = (): void => {
    if (!closed) handlers.gone();
  };
  const timer = setTimeout(gone, CONNECT_TIMEOUT_MS);

  connection.connectionStateChange.subscribe((state) => {
    if (state === "connected") clearTimeout(timer);
    if (state === "failed" || state === "closed" || state === "disconnected") gone();
  });
  connection.onDataChannel.subscribe((opened) => {
    if (opened.label !== "oai-events") return;
    opened.onMessage.subscribe((data) => handlers.message(data.toString()));
    const follow = (state: string): void => {
      if (state === "open" && !channel) {
        channel = opened;
        handlers.open();
      }
      if (state === "closed") gone();
    };
    opened.stateChanged.subscribe(follow);
    follow(opened.readyState);
  });
  connection.onTrack.subscribe((track) => {
    track.onReceiveRtp.subscribe(({ payload }) => {
      if (payload.length > 0) handlers.opus(payload);
    });
  });

  const voice = new MediaStreamTrack({ kind: "audio" });
  try {
    await connection.setRemoteDescription({ type: "offer", sdp: offer });
    const audio = connection.getTransceivers().find(({ kind }) => kind === "audio");
    if (!audio) throw new Error("the offer has no audio");
    await audio.sender.replaceTrack(voice);
    audio.setDirection("sendrecv");
    await connection.setLocalDescription(await connection.createAnswer());
    // Of a browser that leaves a call without a data channel, this is the only word.
    for (const transport of connection.dtlsTransports) {
      transport.onStateChange.subscribe((state) => {
        if (state === "closed") gone();
      });
    }
  } catch (error) {
    await close();
    throw error;
  }

  let sequenceNumber = 0;
  let timestamp = 0;
  let lastSentAt = performance.now();
  const sendOpus = (payload: Uint8Array, first: boolean): void => {
    if (closed) return;
    // After a pause the timestamp moves on by the length of the pause.
    const pause = first ? Math.round((performance.now() - lastSentAt) * 48) : 0;
    lastSentAt = performance.now();
    sequenceNumber = (sequenceNumber + 1) % 2 ** 16;
    timestamp = (timestamp + TIMESTAMP_STEP + pause) % 2 ** 32;
    const header = new RtpHeader({ sequenceNumber, timestamp, marker: first, payloadType: 0 });
    voice.writeRtp(new RtpPacket(header, Buffer.from(payload)));
  };

  return {
    answer: connection.localDescription?.sdp ?? "",
    sendMessage: (text) => {
      if (!closed && channel?.readyState === "open") channel.send(text);
    },
    sendOpus,
    close,
  };
};

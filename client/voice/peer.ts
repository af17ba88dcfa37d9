// One WebRTC connection with the voice service, from the offer to its end.
import { answerUnusable, connectionLost, sessionEnded } from "./offer.ts";
import { parseEvent, type RealtimeEvent } from "./realtime-event.ts";
import type { VoiceError } from "./voice-error.ts";

export interface PeerPorts {
  audio: HTMLMediaElement;
  /** Without one the assistant is only heard. */
  microphone: MediaStream | undefined;
  /** Has the voice service answer the SDP offer. */
  exchange(offer: string): Promise<string>;
  /** Aborted when the session is over; closes the connection. */
  signal: AbortSignal;
  onEvent(event: RealtimeEvent): void;
  /** Sound flows. */
  onConnected?(): void;
  /** The connection came to an end that the page did not ask for. */
  onOver(problem: VoiceError): void;
}

// A connection that is interrupted for a moment recovers by itself.
const INTERRUPTION_MS = 5000;

/**
 * Makes the connection. Resolves when the offer is answered; `send` drops events while the channel is not open. Rejects with the
 * signal's reason, and opens nothing, when that was aborted before.
 */
export const openPeer = async (ports: PeerPorts): Promise<(event: object) => void> => {
  const { audio, microphone, signal, onEvent, onOver } = ports;
  signal.throwIfAborted();
  const peer = new RTCPeerConnection();
  const channel = peer.createDataChannel("oai-events");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = (problem: VoiceError): void => {
    if (!signal.aborted) onOver(problem);
  };

  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    peer.close();
    audio.srcObject = null;
  });
  peer.addEventListener("track", ({ streams: [stream] }) => {
    audio.autoplay = true;
    audio.srcObject = stream ?? null;
  });
  peer.addEventListener("connectionstatechange", () => {
    clearTimeout(timer);
    if (peer.connectionState === "connected") ports.onConnected?.();
    if (peer.connectionState === "failed") over(connectionLost());
    if (peer.connectionState === "disconnected")
      timer = setTimeout(() => over(connectionLost()), INTERRUPTION_MS);
  });
  channel.addEventListener("message", ({ data }) => {
    if (!signal.aborted) onEvent(parseEvent(data));
  });
  // The service closes the channel of a session that it ends; a lost network does not.
  channel.addEventListener("close", () => over(sessionEnded()));

  const [track] = microphone?.getAudioTracks() ?? [];
  if (microphone && track) peer.addTrack(track, microphone);
  else peer.addTransceiver("audio", { direction: "recvonly" });
  await peer.setLocalDescription();
  const sdp = await ports.exchange(peer.localDescription?.sdp ?? "");
  signal.throwIfAborted();
  await peer.setRemoteDescription({ type: "answer", sdp }).catch((cause) => {
    throw answerUnusable(cause);
  });
  return (event) => {
    if (channel.readyState === "open") channel.send(JSON.stringify(event));
  };
};

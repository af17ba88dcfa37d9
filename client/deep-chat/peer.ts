// Patches Deep Chat's own peer connection: the address of its offer, and the events on its channel.
import { answerUnusable, connectionLost, sendOffer, sessionEnded } from "../voice/offer.ts";
import { otherName, parseEvent, type RealtimeEvent } from "../voice/realtime-event.ts";
import { repairOutgoing } from "./outgoing.ts";
import { catchOffer } from "./sdp-redirect.ts";

interface PeerPorts {
  key: string;
  /** The address for the offer. */
  url: string;
  /** Aborted when the session is over. */
  signal: AbortSignal;
  /** Ends the session; Deep Chat then abandons its pending requests. */
  fail(problem: unknown): void;
  /** Sees each event before Deep Chat; true withholds it from Deep Chat. */
  onEvent(event: RealtimeEvent): boolean;
}

// Ends the session where the promise rejects. Deep Chat does not see the rejection: it might stop the next session.
const orFail = <T>(promise: Promise<T>, fail: PeerPorts["fail"]): Promise<T> =>
  new Promise((resolve) => {
    promise.then(resolve, fail);
  });

const takeChannel = (channel: RTCDataChannel, { signal, fail, onEvent }: PeerPorts): RTCDataChannel => {
  channel.addEventListener("message", (message) => {
    // `isTrusted` is false for events that this listener dispatched itself.
    if (!message.isTrusted || signal.aborted) return;
    const event = parseEvent(message.data);
    const twin = otherName(event.type);
    if (onEvent(event)) message.stopImmediatePropagation();
    else if (twin)
      channel.dispatchEvent(new MessageEvent("message", { data: JSON.stringify({ ...event, type: twin }) }));
  });
  channel.addEventListener("close", () => {
    if (!signal.aborted) fail(sessionEnded());
  });
  const send = channel.send.bind(channel);
  const repairing = (data: string) => send(typeof data === "string" ? repairOutgoing(data) : data);
  channel.send = repairing as typeof channel.send;
  return channel;
};

/** Patches this connection only. */
export const takePeer = (
  peer: RTCPeerConnection,
  ports: PeerPorts,
  onChannel: (to: RTCDataChannel) => void,
): void => {
  const { key, url, signal, fail } = ports;
  const createDataChannel = peer.createDataChannel.bind(peer);
  peer.createDataChannel = (label, options) => {
    const channel = takeChannel(createDataChannel(label, options), ports);
    onChannel(channel);
    return channel;
  };

  // Deep Chat posts its offer as soon as this resolves.
  const setLocalDescription = peer.setLocalDescription.bind(peer);
  peer.setLocalDescription = async (description?: RTCLocalSessionDescriptionInit) => {
    await setLocalDescription(description);
    if (!signal.aborted) catchOffer(key, (init) => orFail(sendOffer(url, { ...init, signal }), fail), signal);
  };

  const setRemoteDescription = peer.setRemoteDescription.bind(peer);
  peer.setRemoteDescription = (description: RTCSessionDescriptionInit) =>
    orFail(
      setRemoteDescription(description).catch((cause) => {
        throw answerUnusable(cause);
      }),
      fail,
    );

  peer.addEventListener("connectionstatechange", () => {
    if (peer.connectionState === "failed") fail(connectionLost());
  });
};

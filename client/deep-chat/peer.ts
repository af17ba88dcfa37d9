// Patches Deep Chat's own peer connection: the address of its offer, and the events on its channel.
import { repairOutgoing } from "./outgoing.ts";
import { otherName, parseEvent, type RealtimeEvent } from "./realtime-event.ts";
import { catchOffer } from "./sdp-redirect.ts";

interface PeerPorts {
  key: string;
  /** The address for the offer. */
  url: string;
  /** Aborted when the session is over. */
  signal: AbortSignal;
  /** Ends the session; Deep Chat then abandons its pending requests. */
  fail(message: string, cause?: unknown): void;
  /** Sees each event before Deep Chat; true withholds it from Deep Chat. */
  onEvent(event: RealtimeEvent): boolean;
}

const refusalWords = async (response: Response): Promise<string> => {
  if (response.status === 401 || response.status === 403)
    return "The voice service did not accept the key. It may have expired on the way: start again.";
  const said = await response.json().catch(() => null);
  const reason = said?.error?.message ? `: ${said.error.message}` : ".";
  return `The voice service refused the session (${response.status})${reason}`;
};

// Ends the session where the promise rejects. Deep Chat does not see the rejection: it might stop the next session.
const orFail = <T>(promise: Promise<T>, fail: PeerPorts["fail"], message: string): Promise<T> =>
  new Promise((resolve) => {
    promise.then(resolve, (cause) => fail(message, cause));
  });

const sendOffer =
  ({ url, signal, fail }: PeerPorts) =>
  async (init: RequestInit): Promise<Response> => {
    const { origin } = new URL(url);
    const advice = "Check the network, and connect-src in this page's CSP.";
    const sent = fetch(url, { ...init, credentials: "omit", signal });
    const response = await orFail(sent, fail, `${origin} cannot be reached. ${advice}`);
    if (!response.ok) fail(await refusalWords(response), response.status);
    return response;
  };

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
    if (!signal.aborted) fail("The voice service ended the session.");
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
  const { key, signal, fail } = ports;
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
    if (!signal.aborted) catchOffer(key, sendOffer(ports), signal);
  };

  const setRemoteDescription = peer.setRemoteDescription.bind(peer);
  peer.setRemoteDescription = (description: RTCSessionDescriptionInit) =>
    orFail(setRemoteDescription(description), fail, "The voice service's answer could not be used.");

  peer.addEventListener("connectionstatechange", () => {
    if (peer.connectionState === "failed") fail("The connection to the voice service was lost.");
  });
};

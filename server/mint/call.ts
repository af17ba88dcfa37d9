// Starts a call for a browser: its SDP offer and the profile's session go to OpenAI together, under our key.
import type { Caller } from "../auth/caller.ts";
import type { Recipient } from "../upstream/relay.ts";
import type { MintRequest, Upstream } from "../upstream/upstream.ts";
import { modelOf } from "./session-model.ts";

export interface CallPorts {
  upstream: Pick<Upstream, "relay">;
  /** Makes a caller's id unreadable, and the same every time. */
  hashIdentity(id: string): string;
  timeoutMs: number;
}

/** Answers the recipient with OpenAI's SDP, and resolves with the key's name. Throws what the upstream throws. */
export const startCall =
  ({ upstream, hashIdentity, timeoutMs }: CallPorts) =>
  async (
    caller: Caller,
    session: MintRequest["session"],
    offer: string,
    signal: AbortSignal,
    recipient: Recipient,
  ): Promise<string> => {
    const form = new FormData();
    form.set("sdp", offer);
    form.set("session", JSON.stringify(session));
    const encoded = new Response(form);
    const contentType = encoded.headers.get("content-type") ?? "";
    return upstream.relay(
      {
        method: "POST",
        target: "/realtime/calls",
        headers: [
          ...["content-type", contentType],
          ...["accept-encoding", "identity"],
          ...["openai-safety-identifier", hashIdentity(caller.id)],
        ],
        body: { kind: "buffered", bytes: new Uint8Array(await encoded.arrayBuffer()) },
        callerId: caller.id,
        model: modelOf(session),
        signal,
        timeoutMs,
        isCallersTime: false,
      },
      recipient,
    );
  };

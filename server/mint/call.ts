// Starts a call for a browser: its SDP offer and the profile's session go to OpenAI together, under our key.
import type { Caller } from "../auth/caller.ts";
import type { AttemptLog } from "../observe/event.ts";
import type { Session } from "../profiles/session.ts";
import type { Recipient } from "../upstream/relay.ts";
import type { Upstream } from "../upstream/upstream.ts";

export interface CallPorts {
  upstream: Pick<Upstream, "relay">;
  /** Makes a caller's id unreadable, and the same every time. */
  hashIdentity(id: string): string;
  timeoutMs: number;
}

/** The part of a grant that a call needs. */
interface CallGrant {
  session: Session;
  model: string | undefined;
}

/** Resolves with the upstream key's name when the recipient has OpenAI's SDP. */
export type StartCall = (
  caller: Caller,
  grant: CallGrant,
  offer: string,
  signal: AbortSignal,
  recipient: Recipient,
  attemptLog?: AttemptLog,
) => Promise<string>;

export const startCall =
  ({ upstream, hashIdentity, timeoutMs }: CallPorts): StartCall =>
  async ({ id }, { session, model }, offer, signal, recipient, attemptLog) => {
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
          ...["openai-safety-identifier", hashIdentity(id)],
        ],
        body: { kind: "buffered", bytes: new Uint8Array(await encoded.arrayBuffer()) },
        callerId: id,
        model,
        signal,
        timeoutMs,
        isCallersTime: false,
        attemptLog,
      },
      recipient,
    );
  };

// Posts an SDP offer to the address where the key is valid.
import type { EphemeralKey } from "../answers.ts";
import { sentences } from "../sentences.ts";
import { VoiceError } from "./voice-error.ts";

const refusal = async (response: Response): Promise<VoiceError> => {
  const { status } = response;
  if (status === 401 || status === 403)
    return new VoiceError(
      "key-refused",
      "The voice service did not accept the key. It may have expired on the way: start again.",
    );
  const said = await response.json().catch(() => null);
  const reason = said?.error?.message ? `: ${said.error.message}` : ".";
  return new VoiceError("offer-refused", `The voice service refused the session (${status})${reason}`, {
    cause: status,
  });
};

/** Throws for a ticket of GPT-Live's, which Realtime's address refuses. */
export const refuseLive = ({ session, profile }: EphemeralKey): void => {
  if (session?.type === "live")
    throw new VoiceError("profile-is-live", `The profile ${profile} speaks GPT-Live: use connectLive.`);
};

/** Rejects with a `VoiceError` where the voice service cannot be reached, or refuses. */
export const sendOffer = async (url: string, init: RequestInit): Promise<Response> => {
  const response = await fetch(url, { ...init, credentials: "omit" }).catch((cause) => {
    const advice = "Check the network, and connect-src in this page's CSP.";
    const message = `${new URL(url).origin} cannot be reached. ${advice}`;
    throw new VoiceError("voice-network", message, { userMessage: sentences.unreachable, cause });
  });
  if (!response.ok) throw await refusal(response);
  return response;
};

/** The end of a session that does not come to life in time. */
export const connectTimeout = (timeoutMs: number, hasKey: boolean): VoiceError => {
  const why = hasKey ? "the network may block WebRTC" : "the broker did not answer";
  return new VoiceError("timeout", `No connection within ${timeoutMs / 1000} s: ${why}.`, {
    userMessage: sentences.unreachable,
  });
};

export const connectionLost = (): VoiceError =>
  new VoiceError("connection-lost", "The connection to the voice service was lost.", {
    userMessage: sentences.unreachable,
  });

export const sessionEnded = (): VoiceError =>
  new VoiceError("session-ended", "The voice service ended the session.", { userMessage: sentences.ended });

export const answerUnusable = (cause: unknown): VoiceError =>
  new VoiceError("answer-unusable", "The voice service's answer could not be used.", { cause });

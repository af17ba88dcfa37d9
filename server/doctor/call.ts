// Whether a WebRTC call is answered, can be joined beside the caller (a sideband), and hung up. Without audio it costs nothing.
import type { Secret } from "../secret.ts";
import type { Check, Finding } from "./finding.ts";
import type { StartLimit } from "./limit.ts";
import { offerOf } from "./offer.ts";
import { type Answer, type DoctorKey, SocketRefused, subjectOf } from "./openai.ts";
import { answerRefusal } from "./refusal.ts";

const JOIN_MS = 8000;

interface Ports {
  startLimit: StartLimit;
  /** 64 hexadecimal digits of chance. */
  randomHex(): string;
}

/** `model` is that of a profile; undefined where none is for conversations. */
export const callCheck = (
  key: DoctorKey,
  model: string | undefined,
  { randomHex, startLimit }: Ports,
): Check => {
  const subject = subjectOf(key);
  return {
    ...{
      id: "call",
      subject,
      title: "Call",
      group: "OpenAI",
      needs: [`session ${subject}`, `minting ${subject}`],
    },
    timeoutMs: 30_000,
    run: async (signal) => {
      if (model === undefined) {
        return [{ check: "call", level: "note", subject, title: "not tried: no profile is for talking" }];
      }
      const { value } = await key.access.mint({ type: "realtime", model }, signal);
      const answer = await offer(key, value, randomHex(), signal);
      if ("fault" in answer) return [{ ...answer.fault, level: "fault", subject }];
      const { callId } = answer;
      const joined = await joinFault(key, callId, startLimit, signal);
      const ended = endFault(await key.access.hangUp(callId, signal), key);
      const faults = [joined, ended].filter((fault) => fault !== undefined);
      if (faults.length > 0) return faults.map((fault) => ({ ...fault, level: "fault" as const, subject }));
      const title = "an offer is answered, joined by a sideband, hung up";
      return [{ check: "call", level: "ok", subject, title }];
    },
  };
};

type Fault = Pick<Finding, "cause" | "check" | "fix" | "title">;

const offer = async (
  key: DoctorKey,
  minted: Secret,
  hex: string,
  signal: AbortSignal,
): Promise<{ callId: string } | { fault: Fault }> => {
  const answer = await key.access.startCall(minted, offerOf(hex), signal);
  if (answer.status >= 300) return { fault: answerRefusal("webrtc", answer, key) };
  const location = answer.headers.location;
  const callId = typeof location === "string" ? /\/calls\/([\w-]{1,200})$/.exec(location)?.[1] : undefined;
  if (callId !== undefined && /^m=audio /m.test(answer.text)) return { callId };
  return {
    fault: {
      check: "webrtc.unreadable",
      title: "the answer to a WebRTC offer is not what OpenAI documents",
      cause:
        callId === undefined ? "It names no call in its header Location." : "It has no audio in its SDP.",
      fix: "See that the address is OpenAI's and that no proxy drops headers of answers.",
    },
  };
};

const joinFault = async (
  key: DoctorKey,
  callId: string,
  startLimit: StartLimit,
  signal: AbortSignal,
): Promise<Fault | undefined> => {
  try {
    using socket = await key.access.openSocket({ call_id: callId }, undefined, signal);
    using limit = startLimit(signal, JOIN_MS);
    const event = await socket.next(limit.signal).catch(() => undefined);
    signal.throwIfAborted();
    if (event && event.type !== "error") return undefined;
    return {
      check: "sideband.silent",
      title: "a sideband joins, but hears nothing of the call",
      cause: `Its first event did not come within ${JOIN_MS / 1000} s.`,
      fix: "Calls work; supervision of them does not. Look at https://status.openai.com.",
    };
  } catch (error) {
    if (!(error instanceof SocketRefused)) throw error;
    return {
      check: "sideband.refused",
      title: "no sideband may join a call",
      cause: "The WebSocket with call_id did not open. Calls work; the service cannot watch over them.",
      fix: "Let wss:// through proxies and firewalls; give a restricted key the permission Realtime.",
    };
  }
};

// OpenAI answers 404 for a call that ended by itself.
const endFault = (answer: Answer, key: DoctorKey): Fault | undefined =>
  answer.status < 300 || answer.status === 404 ? undefined : answerRefusal("hangup", answer, key);

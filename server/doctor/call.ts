// Whether a WebRTC call is answered, can be joined beside the caller (a sideband), and hung up. Without audio it costs nothing.
import type { Check, Finding } from "./finding.ts";
import type { StartLimit } from "./limit.ts";
import { offerOf } from "./offer.ts";
import { type Answer, type DoctorKey, type DoctorSession, SocketRefused, subjectOf } from "./openai.ts";
import { answerRefusal } from "./refusal.ts";

const JOIN_MS = 3000;
const HANG_UP_MS = 5000;

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
      const answer = await offer(key, { type: "realtime", model }, randomHex(), signal);
      if ("fault" in answer) return [{ ...answer.fault, level: "fault", subject }];
      const { callId } = answer;
      const joining = await Promise.allSettled([join(key, callId, startLimit, signal)]);
      // Hung up in any case, also where the time of this check is up.
      using limit = startLimit(new AbortController().signal, HANG_UP_MS);
      const ended = endFault(await key.access.hangUp(callId, limit.signal), key);
      const [joined] = joining;
      if (joined.status === "rejected") throw joined.reason;
      const found = [joined.value.finding, ended && { ...ended, level: "fault" as const }];
      const wrong = found.filter((each) => each !== undefined);
      if (wrong.length > 0) return wrong.map((each) => ({ ...each, subject }));
      const heard = joined.value.hasHeard ? "" : " (which heard nothing, as no peer stands behind the call)";
      const title = `an offer is answered, joined by a sideband${heard}, hung up`;
      return [{ check: "call", level: "ok", subject, title }];
    },
  };
};

type Fault = Pick<Finding, "cause" | "check" | "fix" | "title">;

const offer = async (
  key: DoctorKey,
  session: DoctorSession,
  hex: string,
  signal: AbortSignal,
): Promise<{ callId: string } | { fault: Fault }> => {
  const answer = await key.access.startCall(session, offerOf(hex), signal);
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

interface Joined {
  finding: (Fault & Pick<Finding, "level">) | undefined;
  hasHeard: boolean;
}

// A warning only: callers talk without a sideband.
const join = async (
  key: DoctorKey,
  callId: string,
  startLimit: StartLimit,
  signal: AbortSignal,
): Promise<Joined> => {
  try {
    using socket = await key.access.openSocket({ call_id: callId }, undefined, signal);
    // OpenAI sends nothing to a connection that joins: the answer to an update shows that it works.
    socket.send({ type: "session.update", session: { type: "realtime" } });
    using limit = startLimit(signal, JOIN_MS);
    const event = await socket.next(limit.signal).catch(() => undefined);
    signal.throwIfAborted();
    if (event?.type !== "error" && !socket.closedWith) {
      return { finding: undefined, hasHeard: event !== undefined };
    }
    return { finding: NOT_JOINED, hasHeard: false };
  } catch (error) {
    if (!(error instanceof SocketRefused)) throw error;
    return { finding: NOT_JOINED, hasHeard: false };
  }
};

const NOT_JOINED: Joined["finding"] = {
  ...{ check: "sideband.refused", level: "warning", title: "no sideband may join a call" },
  cause: "The WebSocket with call_id is refused. Callers can talk; the service cannot watch over a call.",
  fix: "Give a restricted key the permission Realtime; let wss:// through proxies and firewalls.",
};

// Of a call that ended by itself, OpenAI says that it is not there.
const endFault = (answer: Answer, key: DoctorKey): Fault | undefined =>
  answer.status < 300 || [400, 404].includes(answer.status)
    ? undefined
    : answerRefusal("hangup", answer, key);

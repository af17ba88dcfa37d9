// Whether a session answers: a key without billing mints keys whose sessions stay silent, which only a session shows.
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { classifyError } from "../upstream/classify-error.ts";
import { toError } from "../upstream/error-response.ts";
import type { Check, Finding } from "./finding.ts";
import type { StartLimit } from "./limit.ts";
import { type DoctorKey, type EventSocket, type RealtimeEvent, SocketRefused, subjectOf } from "./openai.ts";
import { refusalOf } from "./refusal.ts";

/** Enough for a word, and for a model that thinks first to say that it was cut short. */
const OUTPUT_TOKENS = 64;
const ANSWER_MS = 15_000;

const BILLING_PAGE = "https://platform.openai.com/settings/organization/billing";

interface Ports {
  clock: Clock;
  startLimit: StartLimit;
}

/** `model` is that of a profile; undefined where none is for conversations. */
export const sessionCheck = (
  key: DoctorKey,
  model: string | undefined,
  { clock, startLimit }: Ports,
): Check => {
  const subject = subjectOf(key);
  return {
    ...{ id: "session", subject, title: "Session", group: "OpenAI", needs: [`minting ${subject}`] },
    cost: "a session with each key, in which the model answers a word in text (less than a cent)",
    timeoutMs: ANSWER_MS + 10_000,
    run: async (signal) => {
      if (model === undefined) {
        return [{ check: "session", level: "note", subject, title: "not tried: no profile is for talking" }];
      }
      const session = { type: "realtime" as const, model, output_modalities: ["text"] };
      const { value } = await key.access.mint(session, signal);
      const begun = clock.monotonic();
      try {
        using socket = await key.access.openSocket({ model }, value, signal);
        using limit = startLimit(signal, ANSWER_MS);
        const found = await answerIn(socket, limit.signal, signal);
        if (found) return [faultOf(found, key, clock.now())];
      } catch (error) {
        if (!(error instanceof SocketRefused)) throw error;
        return [notOpened(subject)];
      }
      const answerMs = Math.round(clock.monotonic() - begun);
      const title = `the model answered after ${answerMs} ms`;
      return [{ check: "session", level: "ok", subject, title, figures: { answerMs } }];
    },
  };
};

type Found =
  | { kind: "silent"; events: number }
  | { kind: "closed"; reason: string }
  | { kind: "failed"; error: unknown };

/** Undefined where the model answered. */
const answerIn = async (
  socket: EventSocket,
  limit: AbortSignal,
  signal: AbortSignal,
): Promise<Found | undefined> => {
  socket.send({
    type: "conversation.item.create",
    item: {
      type: "message",
      role: "user",
      content: [{ type: "input_text", text: "Answer with the word yes." }],
    },
  });
  socket.send({
    type: "response.create",
    response: { output_modalities: ["text"], max_output_tokens: OUTPUT_TOKENS, tool_choice: "none" },
  });
  let events = 0;
  for (;;) {
    const event = await socket.next(limit).catch(() => "late" as const);
    signal.throwIfAborted();
    if (event === "late") return { kind: "silent", events };
    if (event === undefined) return { kind: "closed", reason: socket.closedWith?.reason ?? "" };
    events += 1;
    if (event.type === "error") return { kind: "failed", error: event.error };
    if (event.type === "response.done") return failureIn(event);
  }
};

const doneSchema = z.object({
  response: z.object({
    status: z.string(),
    status_details: z.object({ error: z.unknown() }).nullish().catch(undefined),
  }),
});

// `incomplete` is an answer too: it was cut at its longest.
const failureIn = (event: RealtimeEvent): Found | undefined => {
  const { data } = doneSchema.safeParse(event);
  if (data?.response.status !== "failed") return undefined;
  return { kind: "failed", error: data.response.status_details?.error };
};

const faultOf = (found: Found, key: DoctorKey, now: number): Finding => {
  const subject = subjectOf(key);
  const common = { level: "fault", subject } as const;
  if (found.kind === "silent") {
    return {
      ...{ ...common, check: "session.silent", title: "its sessions stay silent" },
      cause: `The session opened, and no answer came within ${ANSWER_MS / 1000} s. Without billing it is like this.`,
      fix: `Look at credit and limits of organization and project at ${BILLING_PAGE}.`,
    };
  }
  const error = found.kind === "closed" ? { code: wordIn(found.reason) } : found.error;
  const read = toError(400, error);
  // An event's error has no status; what its code says of the account is the same as in an answer.
  const outcome = classifyError(read, {}, now);
  const { code, message } = read;
  if (outcome.kind !== "no-quota") {
    return {
      ...{ ...common, check: "session.failed", title: "its sessions open, but the model does not answer" },
      cause: `OpenAI said ${code ?? "nothing more"}${found.kind === "closed" ? " and closed" : `: ${message}`}.`,
      fix: "Try again in some minutes, and another model in the profile; look at https://status.openai.com.",
    };
  }
  const report = { status: undefined, code: code ?? undefined, message };
  return {
    ...refusalOf("session", { outcome, report }, key),
    ...common,
    title: "mints keys, but its sessions stay silent: the account may spend nothing",
    cause: `In the session OpenAI said ${code}, which a page shows to no caller.`,
  };
};

const wordIn = (reason: string): string | null =>
  /\b[a-z]+(?:_[a-z]+)+\b/.exec(reason.slice(0, 200))?.[0] ?? null;

const notOpened = (subject: string): Finding => ({
  ...{ check: "session.refused", level: "fault", subject, title: "no WebSocket opens with a minted key" },
  cause:
    "Something on the way, such as a proxy or firewall, lets HTTPS through and WebSockets not; or OpenAI refuses it.",
  fix: "Let connections to wss:// addresses through, with the headers Upgrade and Connection.",
});

// GPT-Live's events as facts, and what the service tells a GPT-Live session. Pure, but for what each session's reader remembers.
import { isJsonRecord, type JsonRecord } from "../../json/record.ts";
import type { EndReason } from "../session.ts";
import type { Fact, ToolCall, VoiceDialect } from "./fact.ts";
import { isAudioCopy, isDelta } from "./live-first-bytes.ts";

/** OpenAI takes 500 tokens at a time; no script has more tokens than characters to speak of. */
const TOLD_AT_ONCE = /.{1,450}/gsu;

/** Of one session: delegated answers tell their calls one by one, and their end without them. */
export const createLiveDialect = (): VoiceDialect => {
  const readDelegated = delegatedReader();
  return {
    read: (event) => (event.type === "response.event" ? readDelegated(event) : readOwn(event)),
    isIgnored: (message) => isAudioCopy(message) || isDelta(message),
    tell: (text, prefix) =>
      (text.match(TOLD_AT_ONCE) ?? []).map((content, index) => ({
        type: "session.instructions.append",
        event_id: `${prefix}${index}`,
        content,
        delegation_id: null,
      })),
    answerCalls: (outputs, prefix) =>
      outputs.map(({ callId, output }, index) => ({
        type: "response.item.create",
        event_id: `${prefix}${index}`,
        item: { type: "function_call_output", call_id: callId, output },
      })),
    goOn: (prefix) => ({ type: "response.create", event_id: `${prefix}go-on` }),
    // OpenAI itself keeps the page from changing it.
    restore: () => undefined,
    close: (prefix) => ({ type: "session.close", event_id: `${prefix}close` }),
  };
};

const activity: Fact = { kind: "activity" };

const readOwn = (event: JsonRecord): readonly Fact[] => {
  switch (event.type) {
    case "session.started":
    case "session.updated":
      return expiryOf(event.session);
    case "session.input_transcript.delta":
      return said("user", event.delta);
    case "session.output_transcript.delta":
      return said("assistant", event.delta);
    case "session.delegation.created":
      return [activity];
    case "session.usage.updated": {
      const seconds = secondsOf(event.usage);
      return seconds === undefined ? [] : [{ kind: "voice-time", seconds }];
    }
    case "session.closed":
      return [{ kind: "over", reason: reasonOf(event.reason), seconds: secondsOf(event.usage) }];
    case "decision.event":
      return decisionUsage(event);
    case "error":
      return [errorOf(event)];
    default:
      return [];
  }
};

const said = (by: "assistant" | "user", text: unknown): readonly Fact[] =>
  typeof text === "string"
    ? [activity, { kind: "said", by, text, itemId: undefined, isWhole: false }]
    : [activity];

const expiryOf = (session: unknown): readonly Fact[] => {
  const at = isJsonRecord(session) ? session.expires_at : undefined;
  return typeof at === "number" && at > 0 ? [{ kind: "expires", at: at * 1000 }] : [];
};

// A count beyond a day is not believed: OpenAI ends a session long before.
const secondsOf = (usage: unknown): number | undefined => {
  const seconds = isJsonRecord(usage) ? usage.seconds : undefined;
  return typeof seconds === "number" && seconds >= 0 && seconds <= 86_400 ? seconds : undefined;
};

const reasonOf = (reason: unknown): EndReason => {
  if (reason === "close_requested") return "hung-up";
  if (reason === "expired") return "expired";
  return reason === "remote_hangup" || reason === "connection_lost" ? "caller-left" : "closed-by-openai";
};

const decisionUsage = ({ event_id: id, event }: JsonRecord): readonly Fact[] => {
  const decision = isJsonRecord(event) ? event.decision : undefined;
  if (!isJsonRecord(decision) || !isJsonRecord(decision.usage) || typeof id !== "string") return [];
  return [{ kind: "usage", id, of: "backend", usage: decision.usage, model: textOf(decision.model) }];
};

const errorOf = (event: JsonRecord): Fact => {
  const error = isJsonRecord(event.error) ? event.error : {};
  return {
    kind: "error",
    code: textOf(error.code),
    message: textOf(error.message) ?? "",
    clientEventId: textOf(event.client_event_id) ?? textOf(error.client_event_id),
  };
};

/** More calls in one answer are left out. */
const MOST_CALLS = 128;
const MOST_DELEGATIONS = 64;
const MOST_ANSWERS = 1000;

const delegatedReader = () => {
  /** The calls of the answer that each delegation is at, by their ids. */
  const open = new Map<string, Map<string, ToolCall>>();
  const metered = new Set<string>();

  const callsOf = (delegation: string): Map<string, ToolCall> => {
    const calls = open.get(delegation) ?? new Map<string, ToolCall>();
    open.set(delegation, calls);
    forgetOldest(open, MOST_DELEGATIONS);
    return calls;
  };

  const ended = (delegation: string, response: JsonRecord, responseId: string): readonly Fact[] => {
    const calls = [...(open.get(delegation)?.values() ?? [])];
    open.delete(delegation);
    const end: Fact = { kind: "response-ended", responseId, calls };
    const { usage } = response;
    if (!isJsonRecord(usage) || metered.has(responseId)) return [activity, end];
    metered.add(responseId);
    forgetOldest(metered, MOST_ANSWERS);
    const [model, serviceTier] = [textOf(response.model), textOf(response.service_tier)];
    return [activity, { kind: "usage", id: responseId, of: "backend", usage, model, serviceTier }, end];
  };

  return ({ event, event_id: eventId, delegation_id: delegationId }: JsonRecord): readonly Fact[] => {
    if (!isJsonRecord(event)) return [];
    const delegation = textOf(delegationId) ?? "";
    const response = isJsonRecord(event.response) ? event.response : {};
    const responseId = textOf(response.id) ?? textOf(eventId) ?? "";
    switch (event.type) {
      case "response.created":
        open.delete(delegation);
        // What OpenAI shows of it says nothing of its instructions and tools.
        return [{ kind: "response-began", responseId, response: {} }];
      case "response.output_item.done": {
        const call = callIn(event.item);
        const calls = callsOf(delegation);
        if (call && calls.size < MOST_CALLS) calls.set(call.callId, call);
        return [];
      }
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
        return ended(delegation, response, responseId);
      default:
        return [];
    }
  };
};

const callIn = (item: unknown): ToolCall | undefined => {
  if (!isJsonRecord(item) || item.type !== "function_call") return undefined;
  const { call_id: callId, name, arguments: written } = item;
  if (typeof callId !== "string" || typeof name !== "string") return undefined;
  return { callId, name, arguments: textOf(written) ?? "" };
};

const forgetOldest = (kept: Map<string, unknown> | Set<string>, most: number): void => {
  for (const oldest of kept.keys()) {
    if (kept.size <= most) return;
    kept.delete(oldest);
  }
};

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

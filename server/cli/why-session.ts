// `broker why` of a supervised voice session: who, how long, what it used, and why it ended; from its row and the books.
import { recordAnswer } from "../http/response/usage-answers.ts";
import type { Books } from "../ledger/books.ts";
import type { UsageRecord, VoicePart } from "../ledger/record.ts";
import { cachedTokens, inputTokens, outputTokens } from "../ledger/usage-report.ts";
import type { EndReason, VoiceSession } from "../sessions/session.ts";
import type { SessionStore } from "../sessions/store/session-store.ts";
import { noQuantities, type Quantities, type QuantityKind } from "../usage/quantities.ts";
import { describedSession, lengthText, secondsOf, whoOf, whyOf } from "./sessions.ts";
import { CommandError, type Terminal } from "./terminal.ts";
import { costText, countText, harmless } from "./usage-words.ts";

export interface WhySessionPorts {
  books: Pick<Books, "ofSession">;
  sessions: Pick<SessionStore, "find" | "findByCall">;
  /** Milliseconds since 1970. */
  now: number;
  terminal: Pick<Terminal, "bold" | "print">;
}

/** Whether it names a session: ours, or OpenAI's call. */
export const isSessionName = (text: string): boolean => /^(?:vs|rtc|live)_[\w-]+$/.test(text);

/** Tickets live for two hours at most, and a record is of the moment at which its request ended. */
const BEFORE_MS = 3 * 3_600_000;
const AFTER_MS = 600_000;

/** Prints it. Throws a `CommandError` where there is no such session. */
export const showSession = async (
  { name, json }: { name: string; json: boolean },
  { books, sessions, now, terminal }: WhySessionPorts,
): Promise<void> => {
  const session = await (name.startsWith("vs_") ? sessions.find(name) : sessions.findByCall(name));
  if (!session) {
    throw new CommandError(
      `there is no session ${name}. It may have ended longer ago than sessions are kept; a session that is not supervised is OpenAI's alone`,
    );
  }
  const records = await books.ofSession({
    ...{ id: session.id, caller: whoOf(session) },
    ...{ since: session.openedAt - BEFORE_MS, until: (session.endedAt ?? now) + AFTER_MS },
  });
  const requests = records.filter(({ kind }) => kind !== "voice");
  const parts = sumsOf(records.filter(({ kind }) => kind === "voice"));
  if (json) {
    const answer = {
      ...{ session: describedSession(session, now), why: whyText(session) },
      requests: requests.map((record) => recordAnswer(record, true)),
      parts: parts.map(describedPart),
    };
    return terminal.print(JSON.stringify(answer));
  }
  const facts = Object.entries(factsOf(session, { requests, parts, now })).flatMap(([fact, lines]) =>
    lines.map((line, index) => `  ${(index === 0 ? fact : "").padEnd(10)}${harmless(line)}`),
  );
  terminal.print(
    [terminal.bold(`Session ${session.id}`), "", ...facts, "", harmless(whyText(session))].join("\n"),
  );
};

interface PartSum {
  part: VoicePart;
  count: number;
  quantities: Quantities;
  costNanoUsd: number | undefined;
  unpriced: number;
}

const sumsOf = (records: readonly UsageRecord[]): PartSum[] => {
  const sums = new Map<VoicePart, PartSum>();
  for (const { story, quantities, costNanoUsd } of records) {
    const { part = "response" } = story;
    const none = { part, count: 0, quantities: { ...noQuantities }, costNanoUsd: undefined, unpriced: 0 };
    const sum = sums.get(part) ?? none;
    for (const [kind, quantity] of Object.entries(quantities)) {
      sum.quantities[kind as QuantityKind] += quantity;
    }
    sums.set(part, {
      ...sum,
      count: sum.count + 1,
      unpriced: sum.unpriced + (costNanoUsd === undefined ? 1 : 0),
      costNanoUsd: costNanoUsd === undefined ? sum.costNanoUsd : (sum.costNanoUsd ?? 0) + costNanoUsd,
    });
  }
  return [...sums.values()];
};

const describedPart = ({ part, count, costNanoUsd, unpriced, ...used }: PartSum) => ({
  ...{ part, count },
  input_tokens: inputTokens({ ...used, costNanoUsd, unpriced }),
  output_tokens: outputTokens({ ...used, costNanoUsd, unpriced }),
  seconds: used.quantities.seconds,
  ...{ cost_usd: costNanoUsd === undefined ? null : costNanoUsd / 1e9, unpriced },
});

const when = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "medium", timeZone: "UTC" });

interface Found {
  requests: readonly UsageRecord[];
  parts: readonly PartSum[];
  now: number;
}

const factsOf = (session: VoiceSession, { requests, parts, now }: Found): Record<string, string[]> => {
  const { caller, profile, model, supervision, upstreamKey, callId, totals, tags, openedAt, owner } = session;
  const team = caller.kind === "guest" ? undefined : caller.team;
  const length = lengthText(secondsOf(session, now));
  const told = { model, "key at OpenAI": upstreamKey };
  return {
    when: [`${when.format(openedAt)} UTC, for ${length}`],
    who: [whoOf(session) + (team === undefined ? "" : `, of the team ${team}`)],
    what: [
      [
        `a session of ${session.interface === "live" ? "GPT-Live" : "Realtime"} over ${session.carriage}`,
        ...[`profile ${profile}`, `supervision ${supervision}`],
        ...Object.entries(told).flatMap(([word, value]) => (value === undefined ? [] : [`${word} ${value}`])),
      ].join(", "),
    ],
    state: [
      session.state + (session.state === "ended" ? "" : `, watched over by ${owner ?? "no replica now"}`),
    ],
    used: [...parts.map(partText), totalText(totals)],
    "at OpenAI": callId === undefined ? [] : [callId],
    requests: requests.map(
      ({ requestId, at, status, story }) =>
        `${new Date(at).toISOString().slice(11, 19)} ${story.method} ${story.route}, ${status}: ${requestId}`,
    ),
    tags: tags.length > 0 ? [tags.join(", ")] : [],
  };
};

const partWords: Record<VoicePart, { one: string; many: string }> = {
  response: { one: "response", many: "responses" },
  transcription: { one: "transcription", many: "transcriptions" },
  backend: { one: "answer of a model behind it", many: "answers of a model behind it" },
  "voice-time": { one: "span of voice time", many: "spans of voice time" },
  "unseen-time": {
    one: "span in which the service did not see it",
    many: "spans in which the service did not see it",
  },
};

const partText = ({ part, count, costNanoUsd, unpriced, quantities }: PartSum): string => {
  const spending = { quantities, costNanoUsd, unpriced };
  const cached = cachedTokens(spending);
  const tokens = `${countText(inputTokens(spending))} tokens in${cached > 0 ? ` (${countText(cached)} of them cached)` : ""}, ${countText(outputTokens(spending))} out`;
  const amounts = [
    ...(inputTokens(spending) + outputTokens(spending) > 0 ? [tokens] : []),
    ...(quantities.seconds > 0 ? [`${countText(quantities.seconds)} seconds`] : []),
  ];
  return `${countText(count)} ${partWords[part][count === 1 ? "one" : "many"]}: ${[...amounts, `cost ${costText(spending)}`].join("; ")}`;
};

const totalText = ({ tokens, costNanoUsd }: VoiceSession["totals"]): string =>
  `in all ${countText(tokens)} tokens; cost ${costText({ costNanoUsd, unpriced: 0 })}`;

const whyText = (session: VoiceSession): string => {
  const reason = whyOf(session);
  if (reason === undefined) return "It goes on.";
  const text = reasons[reason];
  return session.state === "ended" ? text : `It is being ended. ${text}`;
};

const reasons: Record<EndReason, string> = {
  "hung-up": "The caller hung up.",
  "caller-left": "The browser was gone, or never came.",
  budget: "A budget was used up: see `budgets` in broker.yaml, and `broker usage`.",
  cost: "It reached its cost limit: `max_cost_usd` of the profile's `voice`, or of `voice_limits`.",
  duration:
    "Its time was up: `max_minutes` of the profile's `voice`, or of `voice_limits`; OpenAI's own limit is an hour.",
  idle: "Neither side said anything for `idle_seconds` of the profile's `voice`, or of `voice_limits`.",
  minutes: "The minutes of the day or month were used up: `minutes_per_day` or `minutes_per_month`.",
  tokens: "It reached its token limit: `max_tokens` of the profile's `voice`, or of `voice_limits`.",
  operator: "An operator ended it: `broker audit tail` says who.",
  "user-disabled": "The user was disabled or removed.",
  altered: "The page changed the session again and again, or answered in the service's place.",
  moderation: "What was said was flagged by OpenAI's moderation, as the profile's `voice.moderation` has it.",
  "sideband-lost":
    "The service could not watch over it, and the profile's `without_sideband` is `end`. The log's session-sideband-lost lines have the cause.",
  "closed-by-openai": "OpenAI ended it.",
  expired: "OpenAI's own limit of an hour was over.",
  "not-started": "It could not be started: the request of its start says why.",
};

// One line of the journal: a record, a content, or how often something was refused. What is read back is bounded and checked again.
import { isJsonRecord, type JsonRecord } from "../json/record.ts";
import { noQuantities, type Quantities, type QuantityKind } from "../usage/quantities.ts";
import { cleanText, list, optionalText, quantity, text } from "./clean.ts";
import { type Content, contentKinds } from "./content.ts";
import { MAX_CHARACTERS } from "./excerpt.ts";
import {
  type RecordKind,
  type RecordSource,
  recordKinds,
  type Story,
  type UsageRecord,
  voiceParts,
} from "./record.ts";

/** Refusals without a record, counted together. */
export interface RefusalCount {
  at: number;
  problem: string;
  /** Empty where the caller is not known. */
  caller: string;
  team: string;
  /** Undefined where it was not known what was asked for: then they are no job's. */
  kind: RecordKind | undefined;
  requests: number;
}

export type Entry = { record: UsageRecord } | { content: Content } | { refusals: RefusalCount };

const quantityKinds = Object.keys(noQuantities) as QuantityKind[];

/** Characters of a line. A record within its bounds has fewer. */
const MAX_LINE = 32_768;

/** JSON in one line, with its end: JSON escapes control characters and halves of characters. */
export const lineOf = (entry: Entry): string => {
  const line = JSON.stringify("record" in entry ? { record: withoutZeros(entry.record) } : entry);
  // A content is bounded as it is made.
  if ("content" in entry || line.length < MAX_LINE) return `${line}\n`;
  return `${JSON.stringify(boundedEntry(entry) ?? {})}\n`;
};

// Most quantities are zero, and would be a third of the line.
const withoutZeros = (record: UsageRecord) => ({ ...record, quantities: countedIn(record.quantities) });

const countedIn = (quantities: Quantities): Partial<Quantities> | undefined => {
  if (quantities === noQuantities) return undefined;
  const counted: Partial<Quantities> = {};
  for (const kind of quantityKinds) if (quantities[kind] !== 0) counted[kind] = quantities[kind];
  return counted;
};

/** Undefined where the line is damaged, or holds no entry. Texts are cut to what the database takes. */
export const entryOf = (line: string): Entry | undefined => {
  try {
    return boundedEntry(JSON.parse(line));
  } catch {
    return undefined;
  }
};

const boundedEntry = (value: unknown): Entry | undefined => {
  if (!isJsonRecord(value)) return undefined;
  if (isJsonRecord(value.record)) {
    const record = boundedRecord(value.record);
    return record && { record };
  }
  if (isJsonRecord(value.content)) {
    const content = boundedContent(value.content);
    return content && { content };
  }
  const refusals = isJsonRecord(value.refusals) ? boundedCount(value.refusals) : undefined;
  return refusals && { refusals };
};

const kinds: readonly unknown[] = recordKinds;
const sources: readonly unknown[] = ["minted", "metered", "reported"] satisfies RecordSource[];
const outcomes: readonly unknown[] = ["hit", "joined", "miss"];

const boundedContent = (raw: JsonRecord): Content | undefined => {
  const kind = contentKinds.find((each) => each === raw.kind);
  const content = { requestId: text(raw.requestId, 100), at: quantity(raw.at) };
  if (!kind || content.requestId === "" || content.at === 0 || typeof raw.text !== "string") return undefined;
  return { ...content, kind, text: raw.text.slice(0, MAX_CHARACTERS), isCut: raw.isCut === true };
};

const boundedCount = (raw: JsonRecord): RefusalCount | undefined => {
  const { at, problem, caller, team, kind, requests } = raw;
  const count: RefusalCount = {
    at: quantity(at),
    problem: text(problem, 100),
    caller: text(caller, 200),
    team: text(team, 200),
    kind: kinds.includes(kind) ? (kind as RecordKind) : undefined,
    requests: quantity(requests),
  };
  return count.at > 0 && count.problem !== "" ? count : undefined;
};

const boundedRecord = (raw: JsonRecord): UsageRecord | undefined => {
  const { kind, source, cache, quantities, costNanoUsd, story, latencyMs } = raw;
  const requestId = text(raw.requestId, 100);
  const at = quantity(raw.at);
  const caller = text(raw.caller, 200);
  if (requestId === "" || at === 0 || caller === "") return undefined;
  if (!kinds.includes(kind) || !sources.includes(source)) return undefined;
  return {
    ...{ requestId, at, caller, kind: kind as RecordKind, source: source as RecordSource },
    team: optionalText(raw.team, 200),
    profile: optionalText(raw.profile, 200),
    rule: optionalText(raw.rule, 200),
    tool: optionalText(raw.tool, 200),
    upstreamKey: optionalText(raw.upstreamKey, 200),
    model: optionalText(raw.model, 200),
    status: Math.min(quantity(raw.status), 999),
    problem: optionalText(raw.problem, 100),
    isAborted: raw.isAborted === true,
    cache: outcomes.includes(cache) ? (cache as UsageRecord["cache"]) : undefined,
    latencyMs: typeof latencyMs === "number" && latencyMs > 0 ? latencyMs : 0,
    tags: list(raw.tags, 10, (tag) => text(tag, 64)),
    quantities: quantitiesIn(quantities),
    costNanoUsd: typeof costNanoUsd === "number" ? quantity(costNanoUsd) : undefined,
    story: storyIn(isJsonRecord(story) ? story : {}),
  };
};

const quantitiesIn = (raw: unknown): Quantities => {
  if (!isJsonRecord(raw)) return noQuantities;
  const read = { ...noQuantities };
  for (const kind of quantityKinds) {
    const told = raw[kind];
    if (told === undefined) continue;
    read[kind] = kind === "seconds" ? Math.max(0, Number(told) || 0) : quantity(told);
  }
  return read;
};

const storyIn = ({
  method,
  route,
  limits,
  pointers,
  attempts,
  cause,
  session,
  part,
  openAiRequestId,
}: JsonRecord): Story => ({
  method: text(method, 20),
  route: text(route, 200),
  openAiRequestId: optionalText(openAiRequestId, 200),
  session: optionalText(session, 200),
  part: voiceParts.find((each) => each === part),
  limits: Array.isArray(limits) ? list(limits, 20, (each) => text(each, 100)) : undefined,
  pointers: Array.isArray(pointers) ? list(pointers, 20, (each) => text(each, 200)) : undefined,
  attempts: Array.isArray(attempts) ? list(attempts, 20, attemptIn) : undefined,
  cause: typeof cause === "string" ? cleanText(cause, 500) : undefined,
});

const attemptIn = (raw: unknown) => {
  const { key, outcome, ms } = isJsonRecord(raw) ? raw : {};
  return { key: text(key, 200), outcome: text(outcome, 100), ms: quantity(ms) };
};

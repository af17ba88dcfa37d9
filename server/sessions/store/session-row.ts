// A voice session as a row of the database, and the conditions of a search. Pure.
import { z } from "zod";
import { type SessionSettings, voiceSchema } from "../../profiles/supervision.ts";
import type { Row, Value } from "../../store/database.ts";
import type { VoiceSession } from "../session.ts";
import type { SessionChange, SessionFilter } from "./session-store.ts";

/** In the order of `valuesOf`. */
export const sessionColumns = [
  ...["id", "interface", "carriage", "state", "caller_id", "user_name", "caller", "profile", "model"],
  ...["supervision", "voice", "session", "tags", "call_id", "upstream_key", "opened_at", "ends_at"],
  ...["active_at", "ended_at", "reason", "end_requested", "totals", "owner", "term", "grant_hash"],
];

export const valuesOf = (session: VoiceSession): Value[] => {
  const { caller, totals } = session;
  return [
    ...[session.id, session.interface, session.carriage, session.state],
    ...[caller.id, caller.kind === "user" ? caller.name : null, JSON.stringify(caller)],
    ...[session.profile, session.model ?? null, session.supervision],
    ...[session.voice, session.session, session.tags].map((each) => JSON.stringify(each)),
    ...[session.callId ?? null, session.upstreamKey ?? null],
    ...[session.openedAt, session.endsAt, session.activeAt, session.endedAt ?? null],
    ...[session.reason ?? null, session.endRequested ?? null, JSON.stringify(totals)],
    ...[session.owner ?? null, session.term, session.grantHash],
  ];
};

/** What a change sets: columns and their values, in the same order. */
export const changesOf = (change: SessionChange): { columns: string[]; values: Value[] } => {
  const entries = Object.entries(change) as [keyof SessionChange, SessionChange[keyof SessionChange]][];
  return {
    columns: entries.map(([name]) => changed[name]),
    values: entries.map(([, value]) => (typeof value === "object" ? JSON.stringify(value) : (value ?? null))),
  };
};

const changed = {
  activeAt: "active_at",
  callId: "call_id",
  endedAt: "ended_at",
  endsAt: "ends_at",
  owner: "owner",
  reason: "reason",
  state: "state",
  totals: "totals",
  upstreamKey: "upstream_key",
} as const satisfies Record<keyof SessionChange, string>;

const json = z.string().transform((text): unknown => JSON.parse(text));
const absent = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullable().transform((value) => value ?? undefined);
// What the service wrote itself, and checked then.
const own = <Value>() => json.transform((value) => value as Value);
const ownText = <Value extends string>() => z.string().transform((value) => value as Value);
// A replica of an older release may have written it: what it did not know has its default. What only a newer one knows is left out.
const voiceColumn = json
  .pipe(voiceSchema.extend({ serverTools: z.array(z.string()).default([]) }).strip())
  .transform((voice): SessionSettings => voice);

const sessionRow = z
  .object({
    id: z.string(),
    interface: ownText<VoiceSession["interface"]>(),
    carriage: ownText<VoiceSession["carriage"]>(),
    state: ownText<VoiceSession["state"]>(),
    caller: own<VoiceSession["caller"]>(),
    profile: z.string(),
    model: absent(z.string()),
    supervision: ownText<VoiceSession["supervision"]>(),
    voice: voiceColumn,
    session: own<VoiceSession["session"]>(),
    tags: own<VoiceSession["tags"]>(),
    call_id: absent(z.string()),
    upstream_key: absent(z.string()),
    opened_at: z.number(),
    ends_at: z.number(),
    active_at: z.number(),
    ended_at: absent(z.number()),
    reason: absent(ownText<NonNullable<VoiceSession["reason"]>>()),
    end_requested: absent(ownText<NonNullable<VoiceSession["endRequested"]>>()),
    totals: own<VoiceSession["totals"]>(),
    owner: absent(z.string()),
    term: z.number(),
    grant_hash: z.string(),
  })
  .transform(
    ({
      call_id: callId,
      upstream_key: upstreamKey,
      opened_at: openedAt,
      ends_at: endsAt,
      active_at: activeAt,
      ended_at: endedAt,
      end_requested: endRequested,
      grant_hash: grantHash,
      ...same
    }): VoiceSession => ({
      ...same,
      ...{ callId, upstreamKey, openedAt, endsAt, activeAt, endedAt, endRequested, grantHash },
    }),
  );

export const sessionOf = (row: Row): VoiceSession => sessionRow.parse(row);

/** The states of a session that has not ended; named one by one, so that the index serves. */
export const OPEN = "state in ('opening', 'open', 'ending')";

/** At most as many names of sessions in one search. */
export const MAX_IDS = 1000;

/** The conditions of a filter, whose values begin with `$FIRST`. Throws `RangeError` for too many ids. */
export const conditionsOf = (
  filter: Omit<SessionFilter, "limit">,
  first = 1,
): { sql: string; values: Value[] } => {
  const values: Value[] = [];
  const place = (value: Value): string => `$${first - 1 + values.push(value)}`;
  const { isOpen, caller, user, profile, ids } = filter;
  const conditions = [
    ...(isOpen ? [OPEN] : []),
    ...(caller === undefined ? [] : [`caller_id = ${place(caller)}`]),
    ...(user === undefined ? [] : [`user_name = ${place(user)}`]),
    ...(profile === undefined ? [] : [`profile = ${place(profile)}`]),
    ...(ids === undefined ? [] : [`id in (${padded(ids).map(place).join(", ")})`]),
  ];
  return { sql: conditions.length === 0 ? "true" : conditions.join(" and "), values };
};

// To a power of two, so that the database has few different statements to keep prepared.
const padded = (ids: readonly string[]): string[] => {
  if (ids.length > MAX_IDS) throw new RangeError(`at most ${MAX_IDS} sessions can be named at once`);
  const length = 2 ** Math.ceil(Math.log2(Math.max(1, ids.length)));
  return [...ids, ...Array<string>(length - ids.length).fill("")];
};

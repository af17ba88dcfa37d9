// The commands of `broker sessions`: who is talking now, and how that is ended.
import type { EndReason, VoiceSession } from "../sessions/session.ts";
import type { SessionFilter, SessionStore } from "../sessions/store/session-store.ts";
import { columns } from "./columns.ts";
import type { SessionsCommand, Whose } from "./sessions-arguments.ts";
import { CommandError, type Terminal } from "./terminal.ts";
import { costText, countText, harmless } from "./usage-words.ts";

export interface SessionPorts {
  store: Pick<SessionStore, "list" | "requestEnd">;
  /** Writes down who asked that sessions end. */
  audit(target: string, details: Readonly<Record<string, unknown>>): Promise<void>;
  now(): number;
  pause(ms: number): Promise<void>;
  terminal: Pick<Terminal, "bold" | "complain" | "print">;
}

const MAX_LISTED = 1000;

export const listSessions = async (
  { user, ended, json }: Extract<SessionsCommand, { do: "list" }>,
  { store, now, terminal }: SessionPorts,
): Promise<void> => {
  const filter = { isOpen: !ended, limit: MAX_LISTED, ...(user !== undefined && { user }) };
  const sessions = await store.list(filter);
  if (json)
    return terminal.print(
      JSON.stringify({ sessions: sessions.map((each) => describedSession(each, now())) }),
    );
  if (sessions.length === 0) return terminal.print(ended ? "There were no sessions." : "No session is open.");
  const rows = sessions.map((session) => cellsOf(session, now()).map(harmless));
  const [first = "", ...lines] = columns([heading, ...rows], numbers);
  terminal.print([terminal.bold(first), ...lines].join("\n"));
};

const heading = ["ID", "WHO", "PROFILE", "STATE", "WHY", "OPENED", "LASTS", "TOKENS", "COST", "REPLICA"];
const numbers = new Set(["LASTS", "TOKENS", "COST"]);

const cellsOf = (session: VoiceSession, now: number): string[] => {
  const { id, profile, state, openedAt, totals, owner } = session;
  return [
    ...[id, whoOf(session), profile, state, whyOf(session) ?? ""],
    ...[`${new Date(openedAt).toISOString().slice(0, 19)}Z`, lengthText(secondsOf(session, now))],
    ...[countText(totals.tokens), costText({ costNanoUsd: totals.costNanoUsd, unpriced: 0 })],
    state === "ended" ? "" : (owner ?? "none at the moment"),
  ];
};

/** What is told of a session as JSON: nothing of its instructions. */
export const describedSession = (session: VoiceSession, now: number) => ({
  id: session.id,
  state: session.state,
  reason: whyOf(session) ?? null,
  user: whoOf(session),
  profile: session.profile,
  model: session.model ?? null,
  supervision: session.supervision,
  opened_at: new Date(session.openedAt).toISOString(),
  ends_at: new Date(session.endsAt).toISOString(),
  ended_at: session.endedAt === undefined ? null : new Date(session.endedAt).toISOString(),
  seconds: secondsOf(session, now),
  responses: session.totals.responses,
  tokens: session.totals.tokens,
  cost_usd: session.totals.costNanoUsd / 1e9,
  call_id: session.callId ?? null,
  upstream_key: session.upstreamKey ?? null,
  replica: session.owner ?? null,
});

/** A guest's id says nothing to a reader. */
export const whoOf = ({ caller }: Pick<VoiceSession, "caller">): string =>
  caller.kind === "guest" ? "guest" : caller.id;

export const whyOf = ({ reason, endRequested }: VoiceSession): EndReason | undefined =>
  reason ?? endRequested;

export const secondsOf = ({ openedAt, endedAt }: VoiceSession, now: number): number =>
  Math.max(0, Math.round(((endedAt ?? now) - openedAt) / 1000));

/** `1:05`, `62:00`: minutes and seconds. */
export const lengthText = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/** Longer than a replica may take over the sessions of another, and than OpenAI takes to hang up. */
const WAIT_MS = 15_000;
const LOOK_MS = 250;

/** Resolves to the exit code: 1 where some have not ended in time. */
export const endSessions = async (
  { whose, json }: Extract<SessionsCommand, { do: "end" }>,
  { store, audit, now, pause, terminal }: SessionPorts,
): Promise<0 | 1> => {
  const filter = filterOf(whose);
  const asked = await store.requestEnd(filter, "operator");
  await audit(targetOf(whose), { asked });
  const deadline = now() + WAIT_MS;
  const stillOpen = () => store.list({ ...filter, isOpen: true, limit: MAX_LISTED });
  let open = await stillOpen();
  // One that begins meanwhile was not asked to end.
  const left = () => open.filter(({ endRequested }) => endRequested !== undefined);
  while (left().length > 0 && now() < deadline) {
    await pause(LOOK_MS);
    open = await stillOpen();
  }
  const missing = left().map(({ id }) => id);
  if (json) terminal.print(JSON.stringify({ asked, still_open: missing }));
  else terminal.print(endedText(asked, asked - missing.length));
  if (missing.length === 0) return 0;
  terminal.complain(
    `Note: not ended yet: ${missing.slice(0, 10).join(", ")}${missing.length > 10 ? ` and ${missing.length - 10} more` : ""}. Each ends when a replica watches over it again; the log's session-not-ended lines say where OpenAI does not confirm it.`,
  );
  return 1;
};

const endedText = (asked: number, ended: number): string => {
  if (asked === 0) return "No session was open.";
  return `${ended} of ${asked} ${asked === 1 ? "session has" : "sessions have"} ended.`;
};

const filterOf = (whose: Whose): SessionFilter => {
  switch (whose.of) {
    case "all":
      return {};
    case "ids":
      return { ids: whose.ids };
    case "user":
      return { user: whose.name };
  }
};

const targetOf = (whose: Whose): string => {
  switch (whose.of) {
    case "all":
      return "all sessions";
    case "ids":
      return whose.ids.length === 1 ? `session:${whose.ids[0]}` : `sessions:${whose.ids.join(",")}`;
    case "user":
      return `sessions of user:${whose.name}`;
  }
};

/** Throws a `CommandError` where the audit trail does not say what was done. */
export const checkAudited = (failure: Error | undefined): void => {
  if (failure) throw new CommandError(`it is done, but the audit trail does not say so: ${failure.message}`);
};

// Voice sessions: who is talking now and what it costs, each second; a way to end one; and why others ended.
import { useState } from "preact/hooks";
import type { SessionEnd, VoiceSession } from "../api/answers.ts";
import { type Api, ApiError, type Problem } from "../api/api.ts";
import { briefName, fullTime, lasting, money, short } from "../format/format.ts";
import { reasonWords } from "../format/words.ts";
import { MAX_SHOWN, useSessions } from "../state/use-sessions.ts";
import { Scroller } from "./scroller.tsx";
import { Trouble } from "./trouble.tsx";

interface Props {
  api: Api;
  timeZone: string;
}

export const Sessions = ({ api, timeZone }: Props) => {
  const { open, ended, problem } = useSessions(api);
  const [refused, setRefused] = useState<Problem>();
  const [said, setSaid] = useState("");
  const end = async ({ id, user }: VoiceSession): Promise<void> => {
    setRefused(undefined);
    try {
      const { ended: wasOpen } = await api.send<SessionEnd>(
        "DELETE",
        `sessions/${encodeURIComponent(id)}`,
        undefined,
      );
      setSaid(wasOpen ? `The session of ${user} is being ended.` : `The session of ${user} was over.`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setRefused(error.problem);
    }
  };
  const cost = (open ?? []).reduce((sum, { cost_usd: usd }) => sum + usd * 1e9, 0);
  return (
    <div class="content">
      <section class="card sessions" aria-labelledby="open-title">
        <header>
          <div>
            <h2 id="open-title">Open sessions</h2>
            <p class="note">
              {open === undefined
                ? "Loading…"
                : `${open.length} ${open.length === 1 ? "conversation" : "conversations"}, ${money(cost)} so far`}
              {open?.length === MAX_SHOWN && `; these are the newest ${MAX_SHOWN}`}
            </p>
          </div>
        </header>
        <p class="said" role="status">
          {said}
        </p>
        {problem && <Trouble problem={problem} />}
        {refused && <Trouble problem={refused} />}
        {open?.length === 0 && (
          <p class="nothing">
            No supervised session is open. Profiles with <code>supervision</code> in broker.yaml have them.
          </p>
        )}
        {open !== undefined && open.length > 0 && (
          <OpenTable sessions={open} onEnd={(session) => void end(session)} />
        )}
      </section>
      {ended.length > 0 && (
        <section class="card sessions" aria-labelledby="ended-title">
          <header>
            <h2 id="ended-title">Ended lately</h2>
          </header>
          <EndedTable sessions={ended} timeZone={timeZone} />
        </section>
      )}
    </div>
  );
};

const OpenTable = ({
  sessions,
  onEnd,
}: {
  sessions: readonly VoiceSession[];
  onEnd(session: VoiceSession): void;
}) => (
  <Scroller label="Open sessions, as a table">
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">User</th>
          <th scope="col">State</th>
          <th scope="col">Profile</th>
          <th scope="col">Model</th>
          <th scope="col" class="number">
            Lasts
          </th>
          <th scope="col" class="number">
            Tokens
          </th>
          <th scope="col" class="number">
            Cost
          </th>
          <th scope="col">
            <span class="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {sessions.map((session) => (
          <tr key={session.id}>
            <th scope="row" class="ellipsis" title={`${session.user}, ${session.id}`}>
              {briefName(session.user)}
            </th>
            <td>
              <State session={session} />
            </td>
            <td>{session.profile}</td>
            <td class="ellipsis">{session.model ?? "–"}</td>
            <td class="number">{lasting(session.seconds)}</td>
            <td class="number">{short(session.tokens)}</td>
            <td class="number">{money(session.cost_usd * 1e9)}</td>
            <td class="actions">
              <button
                type="button"
                class="quiet danger"
                disabled={session.reason !== null}
                aria-label={`End the session of ${session.user}`}
                onClick={() => onEnd(session)}
              >
                End
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroller>
);

/** Told by its colour and in words. */
const State = ({ session: { state, reason, replica } }: { session: VoiceSession }) => {
  if (reason !== null) return <span class="state warning">ending: {reasonWords[reason]}</span>;
  if (replica === null) return <span class="state danger">between two replicas</span>;
  return <span class="state fine">{state}</span>;
};

const EndedTable = ({ sessions, timeZone }: { sessions: readonly VoiceSession[]; timeZone: string }) => (
  <Scroller label="Ended sessions, as a table">
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">User</th>
          <th scope="col">Why</th>
          <th scope="col">Profile</th>
          <th scope="col">Ended</th>
          <th scope="col" class="number">
            Lasted
          </th>
          <th scope="col" class="number">
            Tokens
          </th>
          <th scope="col" class="number">
            Cost
          </th>
        </tr>
      </thead>
      <tbody>
        {sessions.map((session) => (
          <tr key={session.id}>
            <th scope="row" class="ellipsis" title={`${session.user}, ${session.id}`}>
              {briefName(session.user)}
            </th>
            <td>{session.reason === null ? "–" : reasonWords[session.reason]}</td>
            <td>{session.profile}</td>
            <td>{session.ended_at === null ? "–" : fullTime(Date.parse(session.ended_at), timeZone)}</td>
            <td class="number">{lasting(session.seconds)}</td>
            <td class="number">{short(session.tokens)}</td>
            <td class="number">{money(session.cost_usd * 1e9)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroller>
);

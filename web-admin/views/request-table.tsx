// Requests as rows, the newest first; each opens its story.
import type { LoggedRequest } from "../api/answers.ts";
import { briefName, clockTime, duration, money, short } from "../format/format.ts";
import { kindWords } from "../format/words.ts";
import type { Shown } from "../state/address.ts";
import { addressOf, type Go } from "../state/use-address.ts";
import { Scroller } from "./scroller.tsx";

interface Props {
  requests: readonly LoggedRequest[];
  /** Ids of those that came while the page was open. */
  fresh: ReadonlySet<string>;
  shown: Shown;
  go: Go;
  now: number;
}

export const RequestTable = ({ requests, fresh, shown, go, now }: Props) => (
  <Scroller label="Newest requests, as a table">
    <table class="rows requests">
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Status</th>
          <th scope="col">What</th>
          <th scope="col">User</th>
          <th scope="col">Model or tool</th>
          <th scope="col" class="number">
            Tokens
          </th>
          <th scope="col" class="number">
            Cost
          </th>
          <th scope="col" class="number">
            Took
          </th>
        </tr>
      </thead>
      <tbody>
        {requests.map((request) => (
          <tr key={request.id} class={fresh.has(request.id) ? "fresh" : ""}>
            <td>
              <a
                href={addressOf(shown, { request: request.id })}
                onClick={(event) => {
                  if (event.metaKey || event.ctrlKey) return;
                  event.preventDefault();
                  go({ request: request.id });
                }}
              >
                {clockTime(Date.parse(request.at), shown.timeZone, now)}
              </a>
            </td>
            <td>
              <Status request={request} />
            </td>
            <td>
              {kindWords[request.kind]}
              {request.cache === "hit" && <span class="tag">cached</span>}
            </td>
            <td class="ellipsis" title={request.user}>
              {briefName(request.user)}
            </td>
            <td class="ellipsis">{request.model ?? request.tool ?? "–"}</td>
            <td class="number">{tokensOf(request)}</td>
            <td class="number">{costOf(request)}</td>
            <td class="number">{duration(request.latency_ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroller>
);

/** Told by its colour and in words. */
export const Status = ({ request: { status, problem, aborted } }: { request: LoggedRequest }) => {
  const level = status >= 500 ? "danger" : status >= 400 ? "warning" : aborted ? "warning" : "fine";
  return (
    <span class={`state ${level}`} title={problem ?? undefined}>
      {status}
      {aborted && " aborted"}
    </span>
  );
};

const tokensOf = ({ input_tokens: input, output_tokens: output }: LoggedRequest): string =>
  input + output === 0 ? "–" : `${short(input)} → ${short(output)}`;

/** What a key is used for is not known; what cost nothing cost nothing. */
export const costOf = ({ cost_usd: cost, source, kind }: LoggedRequest): string => {
  if (source === "minted" || kind === "tool-call" || kind === "session") return "–";
  return cost === null ? "unknown" : money(cost * 1e9);
};

// The newest requests, live.
import type { LoggedRequest } from "../api/answers.ts";
import { csvOf, download } from "../format/csv.ts";
import type { Shown } from "../state/address.ts";
import type { Go } from "../state/use-address.ts";
import { RequestTable } from "./request-table.tsx";

interface Props {
  requests: readonly LoggedRequest[];
  fresh: ReadonlySet<string>;
  shown: Shown;
  go: Go;
  now: number;
  /** Fewer, with a link to all. */
  isBrief?: boolean;
}

export const Requests = ({ requests, fresh, shown, go, now, isBrief = false }: Props) => (
  <section class="card" aria-labelledby="requests-title">
    <header>
      <h2 id="requests-title">Newest requests</h2>
      {isBrief ? (
        <button type="button" class="quiet" onClick={() => go({ view: "requests" })}>
          Show all
        </button>
      ) : (
        <button
          type="button"
          class="quiet"
          disabled={requests.length === 0}
          onClick={() => download("requests.csv", csvOfRequests(requests))}
        >
          Download CSV
        </button>
      )}
    </header>
    {requests.length === 0 ? (
      <p class="nothing">
        No requests here yet. They appear a second after they end: try <code>broker users add NAME</code>,
        then any OpenAI client with that token and this service as its base URL.
      </p>
    ) : (
      <RequestTable
        requests={isBrief ? requests.slice(0, 8) : requests}
        fresh={fresh}
        shown={shown}
        go={go}
        now={now}
      />
    )}
  </section>
);

const csvOfRequests = (requests: readonly LoggedRequest[]): string =>
  csvOf(
    [
      ...[
        "id",
        "time",
        "kind",
        "source",
        "user",
        "team",
        "profile",
        "model",
        "tool",
        "upstream_key",
        "status",
      ],
      ...["problem", "aborted", "latency_ms", "input_tokens", "output_tokens", "cost_usd"],
    ],
    requests.map((each) => [
      ...[each.id, each.at, each.kind, each.source, each.user, each.team, each.profile],
      ...[each.model, each.tool, each.upstream_key ?? null, each.status, each.problem, String(each.aborted)],
      ...[each.latency_ms, each.input_tokens, each.output_tokens],
      each.cost_usd,
    ]),
  );

// The views of usage: loads what the address asks for, and keeps it up to date.
import { useMemo, useState } from "preact/hooks";
import type { Overview as Figures, RequestList } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import type { Shown } from "../state/address.ts";
import { momentsOf } from "../state/range.ts";
import type { Go } from "../state/use-address.ts";
import { merged, useLive } from "../state/use-live.ts";
import { useLoaded } from "../state/use-loaded.ts";
import { Overview } from "./overview.tsx";
import { RequestDrawer } from "./request-drawer.tsx";
import { Requests } from "./requests.tsx";
import { Toolbar } from "./toolbar.tsx";
import { Trouble } from "./trouble.tsx";

interface Props {
  api: Api;
  shown: Shown;
  go: Go;
}

export const Usage = ({ api, shown, go }: Props) => {
  const [now, setNow] = useState(() => Date.now());
  const { range, from, to, timeZone, by, measure, filters } = shown;
  const moments = useMemo(
    () => momentsOf({ range, from, to, timeZone }, now),
    [range, from, to, timeZone, now],
  );
  const live = useLive(api, () => setNow(Date.now()));
  const { since, until, period } = moments;
  const narrowed = new URLSearchParams({
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    ...filters,
  }).toString();
  const grouped = new URLSearchParams({ time_zone: timeZone, period, by, measure }).toString();
  const overview = useLoaded(`${narrowed}&${grouped}`, async (signal) => ({
    figures: await api.get<Figures>(`admin/api/overview?${narrowed}&${grouped}`, signal),
    // A chart is drawn for the range that its figures are of.
    moments,
    shown,
  }));
  const list = useLoaded(narrowed, (signal) =>
    api.get<RequestList>(`usage/requests?${narrowed}&limit=100`, signal),
  );
  const isOpenEnded = until >= now - 60_000;
  const requests = merged(list.data?.requests ?? [], isOpenEnded ? live.requests : [], filters);
  const fresh = useMemo(() => new Set(live.requests.map(({ id }) => id)), [live.requests]);
  const problem = overview.problem ?? list.problem;
  const common = { shown, go, now };
  return (
    <>
      <Toolbar shown={shown} moments={moments} go={go} />
      <p class={live.isConnected ? "live on" : "live"} role="status">
        {live.isConnected ? "Live" : "Connecting…"}
      </p>
      {problem && <Trouble problem={problem} onRetry={() => setNow(Date.now())} />}
      <div
        class={overview.isLoading && overview.data ? "content loading" : "content"}
        aria-busy={overview.isLoading}
      >
        {shown.view === "overview" && overview.data && (
          <Overview
            overview={overview.data.figures}
            moments={overview.data.moments}
            {...common}
            shown={overview.data.shown}
          />
        )}
        {shown.view === "overview" && !overview.data && !problem && <Skeleton />}
        {list.data && (
          <Requests requests={requests} fresh={fresh} {...common} isBrief={shown.view === "overview"} />
        )}
      </div>
      {shown.request !== undefined && (
        <RequestDrawer
          key={shown.request}
          api={api}
          id={shown.request}
          timeZone={timeZone}
          onClose={() => go({ request: undefined })}
        />
      )}
    </>
  );
};

/** Holds the place of what is coming, so that nothing jumps. */
const Skeleton = () => (
  <div class="skeleton" aria-hidden="true">
    <div class="tiles" />
    <div class="card chart" />
    <div class="card breakdown" />
  </div>
);

// Everything at a glance.
import type { Overview as Figures } from "../api/answers.ts";
import type { Shown } from "../state/address.ts";
import type { Moments } from "../state/range.ts";
import type { Go } from "../state/use-address.ts";
import { Breakdown } from "./breakdown.tsx";
import { Budgets, Keys, Refusals } from "./health.tsx";
import { Latency } from "./latency.tsx";
import { SpendChart } from "./spend-chart.tsx";
import { Tiles } from "./tiles.tsx";

interface Props {
  overview: Figures;
  moments: Moments;
  shown: Shown;
  go: Go;
  now: number;
}

export const Overview = ({ overview, moments, shown, go, now }: Props) => {
  const { totals, latency, latencies, refusals, budgets, keys } = overview;
  return (
    <>
      <Tiles totals={totals} latency={latency} />
      <SpendChart overview={overview} moments={moments} shown={shown} go={go} />
      <Breakdown overview={overview} shown={shown} go={go} />
      <div class="halves">
        <Latency
          latencies={latencies}
          moments={moments}
          timeZone={shown.timeZone}
          isFiltered={Object.keys(shown.filters).length > 0}
        />
        <Refusals refusals={refusals} />
        <Budgets budgets={budgets} timeZone={shown.timeZone} />
        <Keys keys={keys} now={now} />
      </div>
    </>
  );
};

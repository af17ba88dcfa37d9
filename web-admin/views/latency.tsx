// Latencies over time: how long half, 95 and 99 of a hundred requests took at most.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import type { Overview } from "../api/answers.ts";
import { Plot } from "../charts/plot.tsx";
import { duration, periodNames } from "../format/format.ts";
import type { Moments } from "../state/range.ts";
import { FigureTable } from "./figure-table.tsx";

const percentiles = [
  { field: "p50", name: "p50", colour: 1 },
  { field: "p95", name: "p95", colour: 2 },
  { field: "p99", name: "p99", colour: 3 },
] as const;

interface Props {
  latencies: Overview["latencies"];
  moments: Moments;
  timeZone: string;
  isFiltered: boolean;
}

export const Latency = ({ latencies, moments, timeZone, isFiltered }: Props) => {
  const { period, periods } = moments;
  const names = useMemo(() => periodNames(period, timeZone), [period, timeZone]);
  const data = useMemo((): uPlot.AlignedData => {
    const byTime = new Map(latencies.map((each) => [each.at, each]));
    const valuesOf = (field: "p50" | "p95" | "p99") => periods.map((at) => byTime.get(at)?.[field] ?? null);
    return [periods.map((_, index) => index), ...percentiles.map(({ field }) => valuesOf(field))];
  }, [latencies, periods]);
  const at = (series: number, index: number): string => {
    const value = data[series]?.[index];
    return value == null ? "–" : duration(value);
  };
  return (
    <section class="card chart" aria-labelledby="latency-title">
      <header>
        <div>
          <h2 id="latency-title">Latency by {period}</h2>
          <p class="note">
            {isFiltered
              ? "Of all callers: it is not kept for each"
              : "From the request's arrival to the answer's end"}
          </p>
        </div>
        <ul class="legend" aria-hidden="true">
          {percentiles.map(({ name, colour }) => (
            <li key={name}>
              <i class={`swatch series-${colour}`} />
              <span>{name}</span>
            </li>
          ))}
        </ul>
      </header>
      {latencies.length === 0 ? (
        <p class="nothing">Nothing was measured in this range.</p>
      ) : (
        <>
          <Plot
            label={`Latency by ${period}: half, 95 and 99 of a hundred requests. The table below has the figures.`}
            height={180}
            data={data}
            identity={`${period} ${timeZone}`}
            series={(colours) =>
              percentiles.map(({ colour }) => ({
                stroke: colours.series[colour - 1] ?? colours.ink,
                width: 1.75,
                spanGaps: true,
                points: { show: latencies.length < 3, size: 5 },
              }))
            }
            name={(index) => names.brief(periods[index] ?? 0)}
            value={duration}
            tooltip={(index) => (
              <>
                <strong>{names.long(periods[index] ?? 0)}</strong>
                <dl>
                  {percentiles.map(({ name, colour }, series) => (
                    <div key={name}>
                      <dt>
                        <i class={`swatch series-${colour}`} />
                        {name}
                      </dt>
                      <dd>{at(series + 1, index)}</dd>
                    </div>
                  ))}
                </dl>
              </>
            )}
          />
          <FigureTable
            caption={`Latency by ${period}`}
            heading={[period === "day" ? "Day" : "Hour", ...percentiles.map(({ name }) => name)]}
            rows={periods.map((time, index) => [
              names.long(time),
              ...percentiles.map((_, series) => at(series + 1, index)),
            ])}
          />
        </>
      )}
    </section>
  );
};

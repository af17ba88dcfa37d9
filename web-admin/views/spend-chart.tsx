// The chart at the top: a measure over time, stacked by a dimension, with its legend and as a table.
import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import type { Overview } from "../api/answers.ts";
import { SERIES } from "../charts/colours.ts";
import { Plot } from "../charts/plot.tsx";
import { groupsOf, topsOf } from "../charts/stack.ts";
import { briefName, periodNames } from "../format/format.ts";
import { dimensionWords, measureWords, rangeWords } from "../format/words.ts";
import { measures, type Shown } from "../state/address.ts";
import type { Moments } from "../state/range.ts";
import type { Go } from "../state/use-address.ts";
import { FigureTable } from "./figure-table.tsx";
import { Select } from "./select.tsx";

interface Props {
  overview: Overview;
  moments: Moments;
  shown: Shown;
  go: Go;
}

export const SpendChart = ({ overview, moments, shown, go }: Props) => {
  const { by, measure, timeZone, range } = shown;
  const { period, periods } = moments;
  const words = measureWords[measure];
  const groups = useMemo(() => groupsOf(overview, periods), [overview, periods]);
  const names = useMemo(() => periodNames(period, timeZone), [period, timeZone]);
  const data = useMemo(
    (): uPlot.AlignedData => [periods.map((_, index) => index), ...topsOf(groups).map(withoutZeros)],
    [groups, periods],
  );
  const nameOf = (name: string | undefined) =>
    name === undefined ? "Others" : briefName(name) || dimensionWords[by].none;
  const total = groups.reduce((sum, group) => sum + group.sum, 0);
  const colourOf = (index: number) => (groups[index]?.name === undefined ? SERIES : index + 1);
  const title = `${words.name} by ${period}`;
  return (
    <section class="card chart" aria-labelledby="chart-title">
      <header>
        <div>
          <h2 id="chart-title">{title}</h2>
          <p class="note">{words.note}</p>
        </div>
        <Select
          label="Show"
          value={measure}
          options={measures.map((each) => [each, measureWords[each].name])}
          onChange={(value) => go({ measure: value })}
        />
      </header>
      {total === 0 ? (
        <p class="nothing">
          {measure === "reported"
            ? "No page has reported what its sessions used. The client module does so where a profile asks for it."
            : `No ${words.name.toLowerCase()} in ${rangeWords[range].long}.`}
        </p>
      ) : (
        <>
          <Plot
            label={`${title} in ${rangeWords[range].long}, stacked by ${by}: ${words.exact(total)} in all. The table below has the figures.`}
            height={250}
            data={data}
            identity={`${measure} ${by} ${period} ${timeZone} ${groups.length}`}
            series={(colours) =>
              groups
                .map((_, index) => ({
                  fill: colours.series[colourOf(index) - 1] ?? colours.ink,
                  stroke: colours.surface,
                  width: 1,
                  points: { show: false },
                  paths: columns,
                }))
                .reverse()
            }
            name={(index) => names.brief(periods[index] ?? 0)}
            value={words.axis}
            tooltip={(index) => (
              <>
                <strong>{names.long(periods[index] ?? 0)}</strong>
                <dl>
                  {groups.map(({ name, values }, group) =>
                    values[index] ? (
                      <div key={name ?? ""}>
                        <dt>
                          <i class={`swatch series-${colourOf(group)}`} />
                          {nameOf(name)}
                        </dt>
                        <dd>{words.exact(values[index])}</dd>
                      </div>
                    ) : null,
                  )}
                  <div class="sum">
                    <dt>All</dt>
                    <dd>{words.exact(groups.reduce((sum, { values }) => sum + (values[index] ?? 0), 0))}</dd>
                  </div>
                </dl>
              </>
            )}
          />
          <ul class="legend" aria-hidden="true">
            {groups.map(({ name, sum }, index) => (
              <li key={name ?? ""}>
                <i class={`swatch series-${colourOf(index)}`} />
                <span>{nameOf(name)}</span>
                <b>{words.axis(sum)}</b>
              </li>
            ))}
          </ul>
          <FigureTable
            caption={title}
            heading={[period === "day" ? "Day" : "Hour", ...groups.map(({ name }) => nameOf(name))]}
            rows={periods.map((at, index) => [
              names.long(at),
              ...groups.map(({ values }) => words.exact(values[index] ?? 0)),
            ])}
          />
        </>
      )}
    </section>
  );
};

// A column of no height would still have a border, over the axis.
const withoutZeros = (tops: number[]) => tops.map((top) => top || null);

const columns: uPlot.Series.PathBuilder = (...args) =>
  uPlot.paths.bars?.({ size: [0.72, 56], radius: 0.06 })(...args) ?? null;

// The table by user, team, model or profile: sortable, with bars; a row narrows everything to itself.
import { useState } from "preact/hooks";
import type { Figures, Overview, Row } from "../api/answers.ts";
import { csvOf, download } from "../format/csv.ts";
import { briefName, money, short, whole } from "../format/format.ts";
import { dimensionWords } from "../format/words.ts";
import { type Dimension, dimensions, type Measure, type Shown } from "../state/address.ts";
import type { Go } from "../state/use-address.ts";
import { Scroller } from "./scroller.tsx";

type Column = keyof Figures;

interface ColumnWords {
  column: Column;
  name: string;
  write(value: number): string;
  title?: string;
}

const columns: readonly ColumnWords[] = [
  { column: "cost_nano_usd", name: "Spend", write: money, title: "Metered" },
  { column: "requests", name: "Requests", write: whole },
  {
    column: "input_tokens",
    name: "Tokens in",
    write: short,
    title: "Metered; those from the prompt cache among them",
  },
  { column: "output_tokens", name: "Tokens out", write: short, title: "Metered" },
  { column: "keys", name: "Keys", write: whole, title: "Minted: handed out, use not known here" },
  { column: "tool_calls", name: "Tool calls", write: whole },
  {
    column: "reported_nano_usd",
    name: "Reported",
    write: money,
    title: "Told by pages, which are not trusted",
  },
];

const barOf: Record<Measure, (row: Figures) => number> = {
  cost: (row) => row.cost_nano_usd,
  tokens: (row) => row.input_tokens + row.output_tokens,
  requests: (row) => row.requests,
  keys: (row) => row.keys,
  reported: (row) => row.reported_nano_usd,
};

interface Props {
  overview: Overview;
  shown: Shown;
  go: Go;
}

export const Breakdown = ({ overview, shown, go }: Props) => {
  const { by, measure } = shown;
  const [order, setOrder] = useState<{ column: Column; isUp: boolean }>();
  const rows = order ? sorted(overview.rows, order) : overview.rows;
  const most = Math.max(1, ...overview.rows.map(barOf[measure]));
  const words = dimensionWords[by];
  const sortBy = (column: Column) =>
    setOrder({ column, isUp: order?.column === column ? !order.isUp : false });
  return (
    <section class="card breakdown" aria-labelledby="breakdown-title">
      <header>
        <h2 id="breakdown-title" class="visually-hidden">
          {words.many}
        </h2>
        <fieldset class="tabs">
          <legend class="visually-hidden">Group by</legend>
          {dimensions.map((dimension) => (
            <button
              type="button"
              key={dimension}
              aria-pressed={dimension === by}
              onClick={() => go({ by: dimension })}
            >
              {dimensionWords[dimension].many}
            </button>
          ))}
        </fieldset>
        <button
          type="button"
          class="quiet"
          disabled={rows.length === 0}
          onClick={() => download(`usage-by-${by}.csv`, csvOfRows(by, rows))}
        >
          Download CSV
        </button>
      </header>
      {rows.length === 0 ? (
        <p class="nothing">Nothing was used in this range.</p>
      ) : (
        <Scroller label={`${words.many}, as a table`}>
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">{words.one}</th>
                {columns.map(({ column, name, title }) => (
                  <th
                    key={column}
                    scope="col"
                    class="number"
                    title={title}
                    aria-sort={order?.column === column ? (order.isUp ? "ascending" : "descending") : "none"}
                  >
                    <button type="button" onClick={() => sortBy(column)}>
                      {name}
                    </button>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name}>
                  <th scope="row">
                    <button
                      type="button"
                      class={row.name === "" ? "name none" : "name"}
                      title={`Show only ${row.name || words.none}`}
                      onClick={() => go({ filters: { ...shown.filters, [by]: row.name } })}
                    >
                      {briefName(row.name) || words.none}
                    </button>
                    <span class="bar" aria-hidden="true">
                      <i style={{ width: `${(100 * barOf[measure](row)) / most}%` }} />
                    </span>
                  </th>
                  {columns.map(({ column, write }) => (
                    <td key={column} class={row[column] === 0 ? "number zero" : "number"}>
                      {row[column] === 0 ? "–" : write(row[column])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
      {overview.rows_left_out > 0 && (
        <p class="note more">
          {whole(overview.rows_left_out)} more, each with less. <code>broker usage --by {by} --csv</code> has
          all of them.
        </p>
      )}
    </section>
  );
};

const sorted = (rows: readonly Row[], { column, isUp }: { column: Column; isUp: boolean }): Row[] =>
  rows.toSorted((a, b) => (isUp ? a[column] - b[column] : b[column] - a[column]));

const csvOfRows = (by: Dimension, rows: readonly Row[]): string => {
  const fields = Object.keys(rows[0] ?? {}).filter((field): field is Column => field !== "name");
  return csvOf(
    [by, ...fields],
    rows.map((row) => [row.name, ...fields.map((field) => row[field])]),
  );
};

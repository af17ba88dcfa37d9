// Many rows into one table. Postgres gets them as one value, since each statement waits for its answer; SQLite takes the values of many
// short statements several times as fast as JSON.
import type { DatabaseAddress, Row, Statements, Value } from "../store/database.ts";

/** As the columns of the table have it. */
export type Cells = readonly Value[];

export interface Table {
  name: string;
  columns: readonly string[];
}

export interface SumTable extends Table {
  /** The first columns. What the others have is added up. */
  keys: readonly string[];
}

type Kind = DatabaseAddress["kind"];

/** Inserts items whose key is not there yet; answers the first cells of those. */
export const insertsNew = <Item>(kind: Kind, table: Table, cellsOf: (item: Item) => Cells) => {
  const sql = `${insertOf(kind, table)} on conflict do nothing`;
  const postgres = async ({ all }: Statements, items: readonly Item[]) => {
    const values = [JSON.stringify(items.map(cellsOf))];
    const inserted: Row[] = await all(`${sql} returning ${table.columns[0]} as key`, values);
    return new Set(inserted.map(({ key }) => key));
  };
  const sqlite = async ({ run }: Statements, items: readonly Item[]) => {
    const inserted = new Set<Value | undefined>();
    for (const item of items) {
      const cells = cellsOf(item);
      if ((await run(sql, cells)) === 1) inserted.add(cells[0]);
    }
    return inserted;
  };
  return { postgres, sqlite }[kind];
};

/** Adds the figures of rows to those that are there. No two of the rows have the same key. */
export const adds = (kind: Kind, table: SumTable) => {
  const { name, columns, keys } = table;
  const figures = columns.slice(keys.length);
  const added = figures.map((figure) => `${figure} = ${name}.${figure} + excluded.${figure}`);
  const sql = `${insertOf(kind, table)} on conflict (${keys.join(", ")}) do update set ${added.join(", ")}`;
  const postgres = async ({ run }: Statements, rows: readonly Cells[]): Promise<void> => {
    if (rows.length > 0) await run(sql, [JSON.stringify(rows)]);
  };
  const sqlite = async ({ run }: Statements, rows: readonly Cells[]): Promise<void> => {
    for (const row of rows) await run(sql, row);
  };
  return { postgres, sqlite }[kind];
};

const insertOf = (kind: Kind, { name, columns }: Table): string => {
  const insert = `insert into ${name} (${columns.join(", ")})`;
  if (kind === "sqlite") return `${insert} values (${columns.map((_, index) => `$${index + 1}`).join(", ")})`;
  const cells = columns.map((column, index) => `(value ->> ${index})::${typeOf(column)}`);
  return `${insert} select ${cells.join(", ")} from jsonb_array_elements($1::jsonb)`;
};

const reals: readonly string[] = ["latency_ms", "seconds"];
const texts: readonly string[] = [
  ...["request_id", "kind", "source", "caller", "team", "profile", "rule", "tool", "upstream_key"],
  ...["model", "problem", "cache", "tags", "story", "slice", "content"],
];

const typeOf = (column: string): string => {
  if (reals.includes(column)) return "double precision";
  return texts.includes(column) ? "text" : "bigint";
};

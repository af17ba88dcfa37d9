// Books as those of a company of two hundred users after ninety days: records, and the sums that the ledger would have made of them.

import { slices } from "../server/ledger/slices.ts";
import type { Statements } from "../server/store/database.ts";
import type { Migration } from "../server/store/migrate.ts";
import { quantityColumns } from "../server/usage/quantities.ts";

type Kind = "postgres" | "sqlite";

export const DAYS = 90;
const DAY_MS = 86_400_000;
const CHUNK = 500_000;

/**
 * Fills empty tables with `count` records that end at `until`, in milliseconds since 1970. Some use much more than others, most by
 * day; 12 models, two of them without a price; 8 teams, 3 keys.
 */
export const fillBooks = async (
  { run }: Pick<Statements, "run">,
  kind: Kind,
  migrations: readonly Migration[],
  count: number,
  until: number,
): Promise<void> => {
  const indexes = migrations
    .flatMap(({ statements }) => statements)
    .map((statement) => statement.replace(/^--.*\n/gm, "").trim())
    .filter((statement) => /^create index usage_/.test(statement));
  // An index is made in one go much faster than row by row.
  for (const index of indexes) await run(`drop index ${/^create index (\w+)/.exec(index)?.[1]}`);
  const since = until - DAYS * DAY_MS;
  for (let from = 0; from < count; from += CHUNK) {
    await run(recordsSql(kind, from, Math.min(from + CHUNK, count), count, since));
  }
  for (const statement of sumsSql()) await run(statement);
  for (const index of indexes) await run(index);
  await run("analyze");
};

const series = {
  sqlite: (from: number, to: number) =>
    `with recursive n(i) as (select ${from} union all select i + 1 from n where i < ${to - 1})`,
  postgres: (from: number, to: number) =>
    `with n(i) as (select cast(i as bigint) from generate_series(${from}, ${to - 1}) as i)`,
};

// Multiples of large primes, which spread evenly below a million.
const pick = (prime: number, offset: number) => `(i * ${prime} + ${offset}) % 1000003`;

const recordsSql = (kind: Kind, from: number, to: number, count: number, since: number): string => `
insert into usage_records (request_id, at, kind, source, caller, team, profile, rule, tool, upstream_key, model, status, problem, aborted,
  cache, latency_ms, tags, text_in, text_cached, text_cache_writes, text_out, audio_in, audio_cached, audio_out, image_in, image_cached,
  image_out, seconds, images, cost_nano_usd, story)
${series[kind](from, to)}, picks as (
  select i, i * ${DAYS * DAY_MS} / ${count} as t, ${pick(2_654_435_761, 0)} as a, ${pick(2_246_822_519, 77)} as b,
    ${pick(3_266_489_917, 13)} as c, ${pick(668_265_263, 5)} as d, ${pick(374_761_393, 3)} as e, ${pick(1_013_904_223, 9)} as f
  from n
), shaped as (
  select i, t / ${DAY_MS} as day, 2.0 * (t % ${DAY_MS}) / ${DAY_MS} - 1 as x, a * a / 1000003 * 200 / 1000003 as person, c, d, e, f,
    case when b < 700000 then 'relay' when b < 900000 then 'tool-call' when b < 990000 then 'mint' else 'report' end as kind
  from picks
), told as (
  select i, ${since} + day * ${DAY_MS} + cast((0.5 + 0.2 * x + 0.3 * x * x * x) * ${DAY_MS - 1} as bigint) as at, kind, person, d, e,
    case when kind = 'mint' then 'minted' when kind = 'report' then 'reported' else 'metered' end as source,
    case when c < 940000 then 200 when c < 970000 then 429 when c < 985000 then 422 else 502 end as status,
    (person + case when f < 600000 then 0 when f < 900000 then 1 else 5 end) % 12 as model_no,
    case when kind = 'tool-call' or c >= 940000 then 0 else 1 end as used
  from shaped
)
select cast(100000000 + i as text) || '-bench', at, kind, source, 'user:person' || cast(person as text), 'team' || cast(person % 8 as text),
  case when kind = 'mint' then case when d % 5 = 0 then 'support' else 'default' end end,
  case when kind = 'relay' then 'members' end,
  case when kind = 'tool-call' then 'tool_' || cast(d % 10 as text) end,
  case when kind <> 'tool-call' then case when e < 700000 then 'default' when e < 900000 then 'eu' else 'azure' end end,
  case when kind <> 'tool-call' and status = 200 then 'gpt-model-' || cast(model_no as text) end,
  status,
  case status when 429 then 'limit-exceeded' when 422 then 'model-forbidden' when 502 then 'upstream-unavailable' end,
  case when kind = 'relay' and d % 50 = 0 then 1 else 0 end,
  case when kind = 'relay' and d % 20 = 1 then 'hit' end,
  exp(case kind when 'tool-call' then 1.5 else 5.5 end + 3.5 * (e / 1000003.0)),
  '[]', used * (200 + d % 3000), used * (d % 500), 0, used * (20 + e % 900), 0, 0, 0, 0, 0, 0, 0, 0,
  case when kind = 'tool-call' or status <> 200 then 0 when model_no < 10
    then used * ((200 + d % 3000) * 1250 + (20 + e % 900) * 10000) * (1 + model_no) / 4 end,
  '{"method":"POST","route":"/v1/*","attempts":[{"key":"default","outcome":"answered","ms":812}],"openAiRequestId":"req_0123456789abcdef"}'
from told`;

const texts = ["caller", "team", "profile", "tool", "model", "upstream_key"];
const counts = ["answered", "refused", "failed", "aborted", "cache_hits", "unpriced"];
const figures = [...counts, ...Object.values(quantityColumns), "cost_nano_usd"];
const columns = ["slice", "at", "source", "kind", ...texts, ...figures].join(", ");
const keys = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10";

const counted = [
  "sum(case when status < 400 then 1 else 0 end)",
  "sum(case when status >= 400 and status < 500 then 1 else 0 end)",
  "sum(case when status >= 500 then 1 else 0 end)",
  "sum(case when status < 400 and aborted = 1 then 1 else 0 end)",
  "sum(case when cache = 'hit' and status < 400 then 1 else 0 end)",
  "sum(case when cost_nano_usd is null and status < 400 then 1 else 0 end)",
  ...Object.values(quantityColumns).map((column) => `sum(${column})`),
  "sum(coalesce(cost_nano_usd, 0))",
];

/** The widest slice is made of the records, the others of it. */
const sumsSql = (): string[] => {
  const summed = figures.map((figure) => `sum(${figure})`).join(", ");
  const narrow = Object.entries(slices).filter(([slice]) => slice !== "all");
  return [
    `insert into usage_hours (${columns}) select 'all', at - at % 3600000, source, kind,
      ${texts.map((text) => `coalesce(${text}, '')`).join(", ")}, ${counted.join(", ")} from usage_records group by ${keys}`,
    ...narrow.map(([slice, kept]: [string, readonly string[]]) => {
      const named = kept.map((dimension) => (dimension === "user" ? "caller" : dimension));
      const kinds = texts.map((text) => (named.includes(text) ? text : `'' as ${text}`));
      return `insert into usage_hours (${columns}) select '${slice}', at, source, kind, ${kinds.join(", ")}, ${summed}
        from usage_hours where slice = 'all' group by ${keys}`;
    }),
    `insert into usage_days (${columns}) select slice, at - at % ${DAY_MS}, source, kind, ${texts.join(", ")}, ${summed}
      from usage_hours group by ${keys}`,
    `insert into usage_refusals (at, problem, caller, requests) select at - at % 3600000, problem, caller, count(*)
      from usage_records where problem is not null group by 1, 2, 3`,
    `insert into usage_latencies (at, kind, bucket, requests)
      select at - at % 3600000, kind, cast(ceil(ln(latency_ms) / ln(1.1)) as bigint), count(*)
      from usage_records where kind <> 'report' group by 1, 2, 3`,
  ];
};

// The few figures that answer most questions.
import type { ComponentChildren } from "preact";
import type { Overview } from "../api/answers.ts";
import { duration, money, percent, short, whole } from "../format/format.ts";

const Tile = ({ name, value, children }: { name: string; value: string; children: ComponentChildren }) => (
  <div class="tile">
    <dt>{name}</dt>
    <dd class="value">{value}</dd>
    <dd class="note">{children}</dd>
  </div>
);

export const Tiles = ({ totals, latency }: Pick<Overview, "latency" | "totals">) => {
  const { cost_nano_usd: cost, unpriced, reported_nano_usd: reported, reports } = totals;
  const tokens = totals.input_tokens + totals.output_tokens;
  const failed = totals.refused + totals.failed;
  return (
    <dl class="tiles">
      <Tile name="Spend" value={money(cost)}>
        {unpriced > 0
          ? `${whole(unpriced)} ${unpriced === 1 ? "answer" : "answers"} of unknown cost beside it`
          : "metered, all answers priced"}
      </Tile>
      <Tile name="Tokens" value={short(tokens)}>
        {short(totals.input_tokens)} in ({percent(totals.cached_tokens, totals.input_tokens)} cached),{" "}
        {short(totals.output_tokens)} out
      </Tile>
      <Tile name="Requests" value={short(totals.requests)}>
        {short(totals.relayed)} relayed, {short(totals.tool_calls)} tool calls, {short(totals.sessions)} voice
        sessions
      </Tile>
      <Tile name="Keys minted" value={short(totals.keys)}>
        {reports > 0 ? `pages reported ${money(reported)} of use` : "use not known here"}
      </Tile>
      <Tile name="Latency, p95" value={latency ? duration(latency.p95) : "–"}>
        {latency ? `half within ${duration(latency.p50)}` : "nothing measured"}
      </Tile>
      <Tile name="Refused or failed" value={percent(failed, totals.requests)}>
        {whole(totals.refused)} refused, {whole(totals.failed)} failed
      </Tile>
    </dl>
  );
};

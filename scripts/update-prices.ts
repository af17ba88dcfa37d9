// `npm run update-prices -- FILE [--from 2026-11-21]`: takes OpenAI's prices from a copy of LiteLLM's list
// (model_prices_and_context_window.json of BerriAI/litellm) into the price list, as prices that hold from that day on.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import list from "../server/usage/prices/openai-prices.json" with { type: "json" };
import { withNewPrices } from "./price-list/litellm.ts";

const { values, positionals } = parseArgs({ options: { from: { type: "string" } }, allowPositionals: true });
const from = values.from ?? new Date().toISOString().slice(0, 10);
const [file] = positionals;
if (file === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(from)) {
  throw new Error("usage: npm run update-prices -- FILE [--from YYYY-MM-DD]");
}
const updated = withNewPrices(list, JSON.parse(readFileSync(file, "utf8")), from);
const path = new URL("../server/usage/prices/openai-prices.json", import.meta.url);
writeFileSync(path, `${JSON.stringify(updated.list, null, 2)}\n`);
const names = updated.changed.join(", ");
process.stdout.write(
  names === "" ? "No price is new.\n" : `New prices: ${names}. Now: npx biome format --write server\n`,
);

// `broker prices [MODEL] [--json]`: what models cost today, and where that is from.
import { openAiPriceList } from "../compose/prices.ts";
import type { Environment, ReadFile } from "../config/load.ts";
import { loadPrices } from "../config/load-prices.ts";
import { suggestNames } from "../names.ts";
import { createPrices, type FoundPrice } from "../usage/prices/price-list.ts";
import { type QuantityKind, quantityColumns } from "../usage/quantities.ts";
import { columns } from "./columns.ts";
import { CommandError, type Terminal } from "./terminal.ts";

interface Ports {
  env: Environment;
  readFile: ReadFile;
  /** Milliseconds since 1970. */
  now: number;
  terminal: Terminal;
}

/** Throws a `CommandError` for a model without a price, and what reading broker.yaml throws. */
export const showPrices = (
  { model, json }: { model: string | undefined; json: boolean },
  { env, readFile, now, terminal }: Ports,
): void => {
  const prices = createPrices(openAiPriceList, loadPrices(env, readFile));
  if (model !== undefined) {
    const found = prices.find(model, now);
    if (!found) throw unknown(model, prices.names());
    terminal.print(json ? JSON.stringify(told(model, found)) : describe(model, found).join("\n"));
    return;
  }
  const all = prices.names().flatMap((name) => prices.find(name, now) ?? []);
  if (json) {
    const { checked, sources } = openAiPriceList;
    terminal.print(JSON.stringify({ checked, sources, models: all.map((found) => told(found.name, found)) }));
    return;
  }
  terminal.print(
    [...columns([heading, ...all.map(rowOf)], new Set(heading.slice(1, -2))), "", ...footer].join("\n"),
  );
};

const unknown = (model: string, names: readonly string[]): CommandError => {
  const near = suggestNames(model, names).split("?", 1)[0] ?? "";
  const meant = near.includes("did you mean") ? `${near}?` : ";";
  return new CommandError(
    `${model} has no known price${meant} \`broker prices\` lists those that have one, and prices.models in broker.yaml adds it`,
  );
};

const footer = [
  `US dollars for a million tokens or CHARACTERS, a MINUTE or an IMAGE, from the price list of ${openAiPriceList.checked} unless FROM says otherwise.`,
  "Cached input costs what input costs where it has no price. `broker prices MODEL` tells tiers, long contexts and regions too.",
];

const tokenKinds: readonly (readonly [string, QuantityKind])[] = [
  ["IN", "textIn"],
  ["CACHED", "textCached"],
  ["WRITES", "textCacheWrites"],
  ["OUT", "textOut"],
  ["AUDIO IN", "audioIn"],
  ["AUDIO OUT", "audioOut"],
  ["IMAGE IN", "imageIn"],
  ["IMAGE OUT", "imageOut"],
];

const heading = [
  "MODEL",
  ...tokenKinds.map(([title]) => title),
  "MINUTE",
  "IMAGE",
  "CHARACTERS",
  "SINCE",
  "FROM",
];

const rowOf = (found: FoundPrice): string[] => [
  found.name,
  ...tokenKinds.map(([, kind]) => cell(found, kind)),
  cell(found, "seconds"),
  cell(found, "images"),
  found.price.nanoUsdForCharacter === undefined
    ? ""
    : written(usdForCharacters(found.price.nanoUsdForCharacter)),
  found.from ?? "",
  found.origin,
];

// What costs the same as text or as uncached input says nothing of its own.
const sameAs: Partial<Record<QuantityKind, QuantityKind>> = {
  textCached: "textIn",
  textCacheWrites: "textIn",
  imageIn: "textIn",
};

const cell = (found: FoundPrice, kind: QuantityKind): string => {
  const price = usdOf(found, kind);
  const other = sameAs[kind];
  return price === undefined || (other !== undefined && price === usdOf(found, other)) ? "" : written(price);
};

/** US dollars for a million tokens, a minute or an image. */
const usdOf = ({ price }: FoundPrice, kind: QuantityKind): number | undefined => {
  const nano = price.nanoUsdFor.get(kind);
  if (nano === undefined) return undefined;
  const pieces = kind === "seconds" ? 60 : kind === "images" ? 1 : 1_000_000;
  return Number(((nano * pieces) / 1e9).toPrecision(9));
};

const usdForCharacters = (nano: number): number => Number(((nano * 1_000_000) / 1e9).toPrecision(9));

const written = (usd: number): string => {
  const [whole = "", fraction = ""] = String(usd).split(".");
  return usd === 0 ? "free" : `${whole}.${fraction.padEnd(2, "0")}`;
};

const unitOf = (kind: QuantityKind): string =>
  kind === "seconds" ? "a minute" : kind === "images" ? "an image" : "a million tokens";

const describe = (model: string, found: FoundPrice): string[] => {
  const { price } = found;
  const kinds = Object.keys(quantityColumns) as QuantityKind[];
  const rates = kinds.flatMap((kind) => {
    const usd = usdOf(found, kind);
    return usd === undefined ? [] : [[`  ${nameOf(kind)}`, written(usd), unitOf(kind)]];
  });
  const character = price.nanoUsdForCharacter;
  if (character !== undefined) {
    rates.push(["  spoken text", written(usdForCharacters(character)), "a million characters"]);
  }
  const factors = [...price.tiers].map(([tier, factor]) => `${tier} × ${factor}`);
  const long = price.longContext;
  return [
    `${model}${model === found.name ? "" : `, which costs what ${found.name} costs`}`,
    ...columns([["  US DOLLARS", "PRICE", "FOR"], ...rates], new Set(["PRICE"])),
    ...(factors.length > 0 ? [`  Service tiers: ${factors.join(", ")}.`] : []),
    ...(long
      ? [`  Above ${long.above_tokens} tokens of input: input × ${long.in}, output × ${long.out}.`]
      : []),
    ...(price.regional === undefined ? [] : [`  At OpenAI's regional addresses: × ${price.regional}.`]),
    `  From ${originOf(found)}.`,
  ];
};

const originOf = ({ origin, from, source }: FoundPrice): string => {
  if (origin === "broker.yaml") return "broker.yaml";
  const since = from === undefined ? "" : `; it holds since ${from}`;
  return `the price list of ${openAiPriceList.checked}${source === undefined ? "" : ` (${source})`}${since}`;
};

const nameOf = (kind: QuantityKind): string =>
  kind === "seconds" ? "time" : quantityColumns[kind].replaceAll("_", " ");

const told = (model: string, found: FoundPrice): object => {
  const { price, name, origin, from, source } = found;
  const kinds = Object.entries(quantityColumns) as [QuantityKind, string][];
  const rates = kinds.flatMap(([kind, column]) => {
    const usd = usdOf(found, kind);
    const key = kind === "seconds" ? "minute" : kind === "images" ? "image" : column;
    return usd === undefined ? [] : [[key, usd]];
  });
  return {
    ...{ model, priced_as: name, from: origin, since: from ?? null, source: source ?? null },
    usd: {
      ...Object.fromEntries(rates),
      ...(price.nanoUsdForCharacter !== undefined && {
        characters: usdForCharacters(price.nanoUsdForCharacter),
      }),
    },
    tiers: Object.fromEntries(price.tiers),
    ...{ long_context: price.longContext ?? null, regional: price.regional ?? null },
  };
};

// What is booked for one relayed answer: its quantities and their cost. Pure.

import { costAt } from "./prices/cost.ts";
import type { FoundPrice, Prices } from "./prices/price-list.ts";
import { noQuantities, type Spent } from "./quantities.ts";
import { quantitiesOf, usageKindsOf } from "./quantities-of.ts";
import type { ToldUsage } from "./usage.ts";

/** A relayed answer, as far as it says what it costs. */
export interface BilledAnswer extends ToldUsage {
  method: string;
  /** Under /v1, without a query. */
  path: string;
  status: number;
  /** As the request names it. */
  model: string | undefined;
  upstreamKey: string | undefined;
  /** Of the text that it has spoken; undefined where it is no request for speech. */
  characters?: number | undefined;
  cache: "hit" | "joined" | "miss" | undefined;
  /** False where OpenAI is paid for it with another answer. */
  countsUsage: boolean;
}

/** Undefined where OpenAI bills for the answer and has told nothing that can be counted. */
export type SpentOn = (answer: BilledAnswer) => Spent | undefined;

interface Ports {
  prices: Prices;
  /** Milliseconds since 1970. */
  now(): number;
  /** OpenAI's region that an upstream key is for. */
  regionOf(upstreamKey: string): string | undefined;
  /** Called with a model or a service tier of unknown price. */
  onUnknown(unknown: { model: string; tier: string | undefined }): void;
}

const nothing: Spent = { quantities: noQuantities, costNanoUsd: 0 };

export const spentWith =
  ({ prices, now, regionOf, onUnknown }: Ports): SpentOn =>
  (answer) => {
    const { status, path, usage, upstreamKey } = answer;
    if (status >= 400 || answer.cache === "hit" || isFree(answer)) return nothing;
    // A response that still runs in the background is not billed for being looked at.
    if (!usage && answer.method === "GET") return nothing;
    if (!usage) return spentOnSpeech(answer, (name) => prices.find(name, now()));
    if (!answer.countsUsage) return nothing;
    const quantities = quantitiesOf(usage, usageKindsOf(path));
    if (!quantities) return undefined;
    const [at, tier] = [now(), answer.serviceTier];
    const region = upstreamKey === undefined ? undefined : regionOf(upstreamKey);
    const found = priceOf(answer, (name) => prices.find(name, at));
    const costNanoUsd = found && costAt(quantities, { tier, region }, found.price);
    const model = answer.answeredModel ?? answer.model;
    if (costNanoUsd === undefined && model !== undefined) onUnknown({ model, tier });
    return { quantities, costNanoUsd };
  };

/** Where OpenAI tells no usage, since it bills by the characters. They are no quantity of the books, only their cost is. */
const spentOnSpeech = (
  { characters, ...answer }: BilledAnswer,
  find: (name: string) => FoundPrice | undefined,
): Spent | undefined => {
  const each = priceOf(answer, find)?.price.nanoUsdForCharacter;
  if (characters === undefined || each === undefined) return undefined;
  return { quantities: noQuantities, costNanoUsd: Math.round(characters * each) };
};

// The model that answered has its date; the name that was asked for may be another, such as that of a deployment.
const priceOf = (
  { answeredModel, model }: Pick<BilledAnswer, "answeredModel" | "model">,
  find: (name: string) => FoundPrice | undefined,
): FoundPrice | undefined =>
  (answeredModel === undefined ? undefined : find(answeredModel)) ??
  (model === undefined ? undefined : find(model));

// Reading a stored response tells its usage once more, as changing its metadata does; it was billed when it was made, unless that was
// in the background.
const isFree = ({ method, path, backgroundId }: BilledAnswer): boolean =>
  (method === "GET" && backgroundId === undefined) || method === "DELETE" || freePaths.test(path);

const freePaths =
  /^\/v1\/(?:(?:moderations|responses\/input_tokens|files|uploads)(?:\/|$)|chat\/completions\/)/;

// What one answer used, as quantities: read from OpenAI's usage object, in the words of any endpoint. Pure.
import { isJsonRecord, type JsonRecord } from "../json/record.ts";
import { noQuantities, type Quantities } from "./quantities.ts";

/** What tokens are where the usage object does not say. */
export interface UsageKinds {
  in: TokenKind;
  out: TokenKind;
}

type Usage = Readonly<JsonRecord>;
type TokenKind = "audio" | "image" | "text";
type Split = Record<TokenKind, number>;

/** No answer has a billion tokens, or a thousand days of sound: a larger count is not believed, so that sums stay exact. */
const LARGEST_COUNT = 1e9;
const LONGEST_SECONDS = 1e8;

/** Of the endpoint with this path under /v1, such as `/v1/images/edits`; without a path, text. */
export const usageKindsOf = (path: string | undefined): UsageKinds => {
  if (path?.startsWith("/v1/images/")) return { in: "text", out: "image" };
  if (path === "/v1/audio/speech") return { in: "text", out: "audio" };
  return path?.startsWith("/v1/audio/") ? { in: "audio", out: "text" } : { in: "text", out: "text" };
};

/**
 * Undefined where the object counts neither tokens nor seconds. Never throws; no number is negative or too large to add up. Details
 * that exceed the whole count for what is left of it.
 */
export const quantitiesOf = (
  usage: Usage,
  kinds: UsageKinds = usageKindsOf(undefined),
): Quantities | undefined => {
  const out = count(usage.completion_tokens) ?? count(usage.output_tokens);
  const told = count(usage.prompt_tokens) ?? count(usage.input_tokens);
  const total = count(usage.total_tokens);
  if (told === undefined && total === undefined && out === undefined) return secondsOf(usage);
  const details = recordOf(
    usage.prompt_tokens_details ?? usage.input_tokens_details ?? usage.input_token_details,
  );
  const outDetails = recordOf(
    usage.completion_tokens_details ?? usage.output_tokens_details ?? usage.output_token_details,
  );
  const input = split(told ?? Math.max(0, (total ?? 0) - (out ?? 0)), details, kinds.in);
  const cached = cachedOf(details, input);
  const writes = Math.min(count(details.cache_write_tokens) ?? 0, input.text - cached.text);
  const output = split(out ?? 0, outDetails, kinds.out);
  return {
    ...noQuantities,
    textIn: input.text - cached.text - writes,
    textCached: cached.text,
    textCacheWrites: writes,
    textOut: output.text,
    audioIn: input.audio - cached.audio,
    audioCached: cached.audio,
    audioOut: output.audio,
    imageIn: input.image - cached.image,
    imageCached: cached.image,
    imageOut: output.image,
  };
};

// Where OpenAI bills by time: a transcript's duration, or a voice session.
const secondsOf = ({ seconds }: Usage): Quantities | undefined =>
  typeof seconds === "number" && seconds >= 0 && seconds <= LONGEST_SECONDS
    ? { ...noQuantities, seconds }
    : undefined;

/** A whole by its kinds, of which the parts are told in `details`; the rest is of `kind`. */
const split = (whole: number, details: Usage, kind: TokenKind): Split => {
  const parts: Split = { text: 0, audio: 0, image: 0 };
  let rest = whole;
  for (const each of ["audio", "image", "text"] as const) {
    parts[each] = Math.min(count(details[`${each}_tokens`]) ?? 0, rest);
    rest -= parts[each];
  }
  parts[kind] += rest;
  return parts;
};

/** The cached part of each kind: as told, and of what is told without its kind, text first. */
const cachedOf = (details: Usage, input: Split): Split => {
  const byKind = recordOf(details.cached_tokens_details);
  const cached: Split = { text: 0, audio: 0, image: 0 };
  let rest = Math.min(count(details.cached_tokens) ?? 0, input.text + input.audio + input.image);
  const take = (kind: TokenKind, atMost: number): void => {
    const taken = Math.min(atMost, rest, input[kind] - cached[kind]);
    cached[kind] += taken;
    rest -= taken;
  };
  const order = ["text", "audio", "image"] as const;
  for (const kind of order) take(kind, count(byKind[`${kind}_tokens`]) ?? 0);
  for (const kind of order) take(kind, rest);
  return cached;
};

const recordOf = (value: unknown): Usage => (isJsonRecord(value) ? value : {});

const count = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= LARGEST_COUNT
    ? value
    : undefined;

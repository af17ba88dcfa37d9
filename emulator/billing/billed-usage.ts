// What the emulator would bill: its own count of every answer, by minute, endpoint, project, key and model.
import { createHash } from "node:crypto";

/** As OpenAI's usage API names them in its paths. */
export const billedEndpoints = [
  ...["completions", "embeddings", "images", "audio_speeches", "audio_transcriptions", "moderations"],
] as const satisfies readonly string[];

/** What one answer used; what is left out is zero. */
export interface Used {
  inputTokens?: number;
  outputTokens?: number;
  audioInputTokens?: number;
  imageInputTokens?: number;
  imageOutputTokens?: number;
  characters?: number;
  seconds?: number;
  images?: number;
}

export interface BilledRow {
  endpoint: string;
  project: string;
  keyId: string;
  model: string;
  /** Unix seconds at which the minute begins. */
  minute: number;
  requests: number;
  used: Required<Used>;
}

const nothing: Required<Used> = {
  ...{ inputTokens: 0, outputTokens: 0, audioInputTokens: 0, imageInputTokens: 0, imageOutputTokens: 0 },
  ...{ characters: 0, seconds: 0, images: 0 },
};

/** The request's header fields that say whose bill it is. */
export interface Payer {
  authorization: string | undefined;
  project: string | undefined;
}

export class BilledUsage {
  readonly #rows = new Map<string, BilledRow>();
  readonly #now: () => number;

  /** `now` is in milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts an answer, whether or not the client stays to read it: OpenAI bills it all the same. */
  add(payer: Payer, endpoint: string, model: string, used: Used): void {
    const minute = Math.floor(this.#now() / 60_000) * 60;
    const [project, keyId] = [payer.project ?? "proj_default", keyIdOf(payer.authorization)];
    const key = [endpoint, project, keyId, model, minute].join(" ");
    const row = this.#rows.get(key) ?? {
      ...{ endpoint, project, keyId, model, minute, requests: 0, used: nothing },
    };
    this.#rows.set(key, { ...row, requests: row.requests + 1, used: addUsed(row.used, used) });
  }

  /** Those that begin in the time, which is in Unix seconds; its end is not part of it. */
  between(start: number, end: number): BilledRow[] {
    return [...this.#rows.values()].filter(({ minute }) => minute >= start && minute < end);
  }
}

export const addUsed = (one: Required<Used>, other: Used): Required<Used> => {
  const names = Object.keys(one) as (keyof Used)[];
  return Object.fromEntries(names.map((name) => [name, one[name] + (other[name] ?? 0)])) as Required<Used>;
};

/** The same key has the same id. */
const keyIdOf = (authorization: string | undefined): string =>
  `key_${createHash("sha256")
    .update(authorization ?? "")
    .digest("hex")
    .slice(0, 16)}`;

// Reads from a request's JSON or form how much it allows a model to answer, in the one pass that reads its model. Pure.
import { nameBetween } from "../../json/levels.ts";
import type { Watch } from "../../json/scan.ts";
import { promptsAt } from "./prompt-count.ts";

export interface OutputLimit {
  /** The most tokens of one answer; undefined where the request says nothing that can be read. */
  maxTokens: number | undefined;
  /** How many answers are to be made of each prompt. */
  choices: number;
  /** How many prompts it has; 1 where it has no list of them. */
  prompts: number;
}

/** Of a body that says neither. */
export const noOutputLimit: OutputLimit = { maxTokens: undefined, choices: 1, prompts: 1 };

const maxima = ["max_tokens", "max_completion_tokens", "max_output_tokens"];
const names = new Set(["n", "best_of", "prompt", ...maxima]);
const [SMALL_B, SMALL_M, SMALL_N, SMALL_P] = [0x62, 0x6d, 0x6e, 0x70];
/** Longer numbers are not read: then the request says nothing. */
const LONGEST_NUMBER = 24;

/** Notes where the numbers stand. */
export class OutputLimitWatch implements Watch {
  readonly #found = new Map<string, number>();

  isWatched(bytes: Buffer, start: number, end: number, isEscaped: boolean): boolean {
    if (!isEscaped) {
      // Most names differ in their first letter, or in their length.
      const first = bytes[start];
      if (first === SMALL_N) return end - start === 1;
      if (first === SMALL_P) {
        if (end - start !== "prompt".length) return false;
      } else if ((first !== SMALL_M || end - start < "max_tokens".length) && first !== SMALL_B) return false;
    }
    return names.has(nameBetween(bytes, start, end, isEscaped));
  }

  found(_: unknown, depth: number, path: () => readonly (string | number)[], at: number): void {
    if (depth === 1) this.#found.set(String(path()[0]), at);
  }

  /** Of the same bytes. Where several maxima are given, the largest counts. */
  read(bytes: Buffer): OutputLimit {
    if (this.#found.size === 0) return noOutputLimit;
    const promptAt = this.#found.get("prompt");
    const given = maxima.flatMap((name) => numberAt(bytes, this.#found.get(name)) ?? []);
    return {
      maxTokens: given.length > 0 ? Math.max(...given) : undefined,
      // Of several that were made, OpenAI bills those too that it does not show.
      choices: Math.max(...["n", "best_of"].map((name) => numberAt(bytes, this.#found.get(name)) ?? 1)),
      prompts: promptAt === undefined ? 1 : promptsAt(bytes, promptAt),
    };
  }
}

/** Of a form: only those for images are counted, and say no more than how many. */
export const outputLimitOfForm = (field: (name: string) => string | undefined): OutputLimit => ({
  ...noOutputLimit,
  choices: numberIn(field("n") ?? "") ?? 1,
});

const numberAt = (bytes: Buffer, at: number | undefined): number | undefined =>
  at === undefined ? undefined : numberIn(bytes.toString("latin1", at, at + LONGEST_NUMBER + 1));

/** The number that a text begins with. */
const numberIn = (given: string): number | undefined => {
  const [text = ""] = /^[\d.eE+-]+/.exec(given.slice(0, LONGEST_NUMBER + 1)) ?? [];
  const number = text.length > LONGEST_NUMBER ? Number.NaN : Number(text || Number.NaN);
  return number > 0 && Number.isFinite(number) ? Math.ceil(number) : undefined;
};

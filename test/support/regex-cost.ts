// Finds out whether a regular expression takes more than linear time, by input made of its own parts.
import { cpuMs } from "./cpu-time.ts";

const CHARACTERS = [...' a1-_./:;="\\{[%,*+@?&\n\0é'];
// What no pattern here ends with, so that each attempt fails as late as it can.
const ENDS = ["", "!\u0001"];
/** Beyond so much for one input a pattern is not linear: linear ones take a hundredth of it. */
const TOO_LONG_MS = 150;
/** From lengths at which exponential patterns show to one at which quadratic patterns do. */
const LENGTHS = [16, 20, 24, 26, 64, 512, 4096, 32_768];
const MEBIBYTE = 1024 * 1024;

interface Attack {
  start: string;
  pump: string;
  end: string;
}

/** The input on which the expression took too long, and how long; undefined where there is none up to a mebibyte. */
export const slowInput = (regex: RegExp): string | undefined => {
  let [worst, worstMs]: [Attack | undefined, number] = [undefined, -1];
  for (const attack of attacksOn(regex)) {
    let ms = 0;
    for (const length of LENGTHS) {
      const input = inputOf(attack, length);
      ms = timeOf(regex, input);
      // A machine that was busy for a moment is not so twice.
      if (ms > TOO_LONG_MS) ms = Math.min(timeOf(regex, input), timeOf(regex, input));
      if (ms > TOO_LONG_MS) return describe(attack, length, ms);
    }
    if (ms > worstMs) [worst, worstMs] = [attack, ms];
  }
  if (!worst) return undefined;
  const ms = timeOf(regex, inputOf(worst, MEBIBYTE));
  return ms > 1000 ? describe(worst, MEBIBYTE, ms) : undefined;
};

const attacksOn = ({ source }: RegExp): Attack[] => {
  const words = wordsIn(source);
  const simple = [...CHARACTERS, ...words];
  const pumps = [...simple, ...words.flatMap((word) => CHARACTERS.map((character) => word + character))];
  const starts = ["", ...words];
  return starts.flatMap((start) => pumps.flatMap((pump) => ENDS.map((end) => ({ start, pump, end }))));
};

// What stands in it to be matched as it is: `sk`, `Bearer`, `/v1/`. A few are enough.
const wordsIn = (source: string): string[] => {
  const literal = source
    .replaceAll(/\\([/.$^|?*+()[\]{}-])/g, "$1")
    .split(/\\.|\[[^\]]*\]|\(\?<?[:=!]|[\\()|?*+^${}]/)
    .filter((word) => word.length > 0 && word.length < 40);
  return [...new Set(literal)].slice(0, 6);
};

const inputOf = ({ start, pump, end }: Attack, length: number): string =>
  start + pump.repeat(Math.ceil(length / pump.length)) + end;

const timeOf = (regex: RegExp, input: string): number => {
  const began = cpuMs();
  // All matches, as `replaceAll` would look for them; an expression that finds one may go on from there.
  input.replace(regex, "");
  return cpuMs() - began;
};

const describe = ({ start, pump, end }: Attack, length: number, ms: number): string =>
  `${JSON.stringify(start)}, ${length} characters of ${JSON.stringify(pump)}, ${JSON.stringify(end)}: ${Math.round(ms)} ms`;

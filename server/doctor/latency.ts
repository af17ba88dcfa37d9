// How far away OpenAI is, as a score: what a caller waits for a key, and how far behind a supervised session is.
import { subjectOfUrl } from "./base-url.ts";
import type { Check } from "./finding.ts";
import { type DoctorKey, subjectOf } from "./openai.ts";

const SAMPLES = 4;
/** As near as it gets, and so far that voice feels broken. */
const BEST_MS = 50;
const WORST_MS = 3000;
const SLOW_SCORE = 30;

/** 100 for the same region, 0 from three seconds on; every doubling costs as much. */
export const scoreOf = (ms: number): number => {
  const part = Math.log(Math.max(ms, BEST_MS) / BEST_MS) / Math.log(WORST_MS / BEST_MS);
  return Math.round(100 * (1 - Math.min(1, part)));
};

export const latencyCheck = (key: DoctorKey): Check => {
  const subject = subjectOfUrl(key.baseUrl);
  return {
    ...{ id: "latency", subject, title: "Latency", group: "OpenAI" },
    timeoutMs: 20_000,
    needs: [`key ${subjectOf(key)}`],
    run: async (signal) => {
      const times: number[] = [];
      for (let sample = 0; sample < SAMPLES; sample += 1) {
        times.push((await key.access.timeModels(signal)).ms);
      }
      // The first may have had to connect.
      const [, ...warm] = times;
      const medianMs = warm.toSorted((a, b) => a - b)[1] ?? 0;
      const score = scoreOf(medianMs);
      const figures = { medianMs, score };
      const title = `score ${score} of 100: it answers in ${medianMs} ms`;
      if (score >= SLOW_SCORE) {
        return [{ check: "latency", level: "ok", subject, title, figures }];
      }
      return [
        {
          ...{ check: "latency.slow", level: "warning", subject, title, figures },
          cause: "Every key waits that long, and tools that run here answer that much later.",
          fix: "Run the service nearer to OpenAI's region, or use the address of a nearer one.",
        },
      ];
    },
  };
};

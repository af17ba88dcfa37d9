// The score of an upstream's latency.
import { expect, it } from "vitest";
import { latencyCheck, scoreOf } from "../../../server/doctor/latency.ts";
import { answerOf, doctorKey } from "../../support/doctor-key.ts";

const examine = async (times: readonly number[]) => {
  const left = [...times];
  const key = doctorKey({ timeModels: async () => answerOf(200, {}, { ms: left.shift() ?? 0 }) });
  return (await latencyCheck(key).run(new AbortController().signal))[0];
};

it.each([
  ...([
    [10, 100],
    [50, 100],
    [200, 66],
    [800, 32],
  ] as const),
  ...([
    [1500, 17],
    [3000, 0],
    [9000, 0],
  ] as const),
])("is for %i ms %i of 100", (ms, score) => {
  expect(scoreOf(ms)).toBe(score);
});

it("is that of the median, without the first, which connects", async () => {
  expect(await examine([2000, 210, 90, 200])).toMatchObject({
    level: "ok",
    figures: { medianMs: 200, score: 66 },
  });
});

it("warns where OpenAI is far away", async () => {
  expect(await examine([900, 1200, 1100, 1300])).toMatchObject({ check: "latency.slow", level: "warning" });
});

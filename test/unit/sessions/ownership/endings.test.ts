// Sessions that are over, while the database or OpenAI does not answer.
import { expect, it } from "vitest";
import { createEndings } from "../../../../server/sessions/ownership/endings.ts";
import { createTestTime } from "../../../support/time.ts";
import { fakeOpenAiCalls } from "../../../support/voice-service.ts";
import { noTotals, voiceSession } from "../../../support/voice-session.ts";

it("hangs up at once also while the database does not answer", async () => {
  const openAi = fakeOpenAiCalls();
  const endings = createEndings({
    store: { change: () => new Promise(() => {}) },
    ...{ calls: openAi.calls, clock: createTestTime().clock, emit: () => {} },
  });
  const { totals, activeAt, ...session } = voiceSession();
  void endings.add({
    session: { ...session, totals, activeAt },
    ...{ totals, activeAt, reason: "operator", isProven: false },
  });
  await Promise.resolve();
  expect(openAi.hungUp).toMatchObject([{ id: "rtc_one" }]);
  expect(endings.has("vs_one")).toBe(true);
});

it("writes of many that end at once few at a time, and all of them", async () => {
  let [writing, most, written] = [0, 0, 0];
  const endings = createEndings({
    store: {
      change: async () => {
        most = Math.max(most, ++writing);
        await new Promise((resolve) => setImmediate(resolve));
        writing -= 1;
        written += 1;
        return true;
      },
    },
    ...{ calls: fakeOpenAiCalls().calls, clock: createTestTime().clock, emit: () => {} },
  });
  const end = { totals: noTotals, activeAt: 0, reason: "operator", isProven: true } as const;
  const sessions = Array.from({ length: 500 }, (_, index) => voiceSession({ id: `vs_${index}` }));
  await Promise.all(sessions.map((session) => endings.add({ ...end, session })));
  expect([most, written]).toEqual([20, 500]);
});

// Sessions that are over, while the database or OpenAI does not answer.
import { expect, it } from "vitest";
import { createEndings } from "../../../server/sessions/endings.ts";
import { createTestTime } from "../../support/time.ts";
import { fakeOpenAiCalls } from "../../support/voice-service.ts";
import { voiceSession } from "../../support/voice-session.ts";

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

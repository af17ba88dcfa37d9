// What is saved of sessions that a replica watches over, many at once.
import { expect, it } from "vitest";
import { createRegistry } from "../../../../server/sessions/ownership/registry.ts";
import type { RunPorts, SessionRun } from "../../../../server/sessions/run/session-run.ts";
import type { SavedTotals } from "../../../../server/sessions/store/session-store.ts";
import { createTestTime } from "../../../support/time.ts";
import { noTotals, voiceSession } from "../../../support/voice-session.ts";

const SESSIONS = 250;

/** A registry of many sessions that never spoke, and what it saves. */
const watchMany = async () => {
  const { clock, timers, pass } = createTestTime();
  const saved: string[][] = [];
  const ended: string[] = [];
  const endings = new Map<string, () => void>();
  const never = () => Promise.reject(new Error("not asked for here"));
  const registry = createRegistry({
    store: {
      change: async () => true,
      endRequests: async () => [],
      saveTotals: async (totals: readonly SavedTotals[]) => {
        saved.push(totals.map(({ id }) => id));
        return [];
      },
    },
    calls: { createCall: never, hangUp: never, joinCall: never, openCarried: never },
    startRun: async (session, { onEnded }: RunPorts) => {
      const nothing = async () => {};
      const run: SessionRun = {
        ...{ session, totals: noTotals, activeAt: 0 },
        ...{ end: nothing, release: nothing, tick: nothing },
      };
      endings.set(session.id, () => onEnded(run, { reason: "idle", isProven: true }));
      return run;
    },
    endings: {
      add: async ({ session }) => void ended.push(session.id),
      tick: () => {},
      flush: async () => {},
      has: () => false,
    },
    dialectOf: () => ({}) as never,
    watchersOf: () => [],
    ...{ replica: "a", clock, timers, randomId: () => "", emit: () => {}, onTold: () => {} },
  });
  for (let index = 0; index < SESSIONS; index += 1) await registry.watch(voiceSession({ id: `vs_${index}` }));
  return { registry, saved, ended, end: (id: string) => endings.get(id)?.(), pass };
};

it("saves many sessions in parts, between which others have their turn", async () => {
  const { registry, saved, pass } = await watchMany();
  const saving = registry.save("changed");
  await Promise.resolve();
  expect(saved.map((part) => part.length)).toEqual([100]);
  await pass(1);
  await saving;
  expect(saved.map((part) => part.length)).toEqual([100, 100, 50]);
  saved.length = 0;
  const again = registry.save("changed");
  await pass(1);
  await again;
  expect(saved).toEqual([]);
});

it("a session that ends meanwhile stays as it was at its end", async () => {
  const { registry, saved, ended, end, pass } = await watchMany();
  const saving = registry.save("changed");
  await Promise.resolve();
  end("vs_249");
  await pass(1);
  await saving;
  expect(ended).toEqual(["vs_249"]);
  expect(saved.flat()).toHaveLength(SESSIONS - 1);
  expect(saved.flat()).not.toContain("vs_249");
});

// What is said goes through moderation, and ends the session.
import { expect, it } from "vitest";
import type { Fact } from "../../../../server/sessions/dialects/fact.ts";
import { moderation } from "../../../../server/sessions/watchers/moderation-watch.ts";
import { createTestTime } from "../../../support/time.ts";
import { NOON } from "../../../support/voice-session.ts";
import { supervisedSession, watchSession } from "../../../support/watched-session.ts";

const said = (text: string, by: "assistant" | "user" = "user", isWhole = true): Fact => ({
  ...{ kind: "said", by, text, itemId: undefined, isWhole },
});

const start = (isFlagged: (text: string) => Promise<boolean>, asks = true) => {
  const checked: string[] = [];
  const create = moderation({
    isFlagged: (_, model, text) => {
      checked.push(`${model}: ${text}`);
      return isFlagged(text);
    },
  });
  const voice = asks ? { moderation: { model: "omni", of: ["user" as const] } } : {};
  return { checked, time: createTestTime(), ...watchSession(create, supervisedSession({ voice })) };
};

it("what the user said is checked, and a session in which something is flagged ends", async () => {
  const { see, checked, ended, time } = start(async (text) => text.includes("harm"));
  see(said("Hello."), said("I speak", "assistant"));
  await time.pass(0);
  expect(ended).toEqual([]);
  see(said("harm"));
  await time.pass(0);
  expect(checked).toEqual(["omni: Hello.", "omni: harm"]);
  expect(ended).toEqual(["moderation"]);
});

it("pieces of a sentence are checked together, once a second", async () => {
  const { see, checked, watcher } = start(async () => false);
  see(said("How do ", "user", false), said("I", "user", false));
  expect(checked).toEqual([]);
  watcher.onTick?.(NOON);
  expect(checked).toEqual(["omni: How do I"]);
  watcher.onTick?.(NOON);
  expect(checked).toHaveLength(1);
});

it("OpenAI that does not answer ends no session", async () => {
  const { see, ended, time } = start(() => Promise.reject(new Error("down")));
  see(said("Hello."));
  await time.pass(0);
  expect(ended).toEqual([]);
});

it("nothing is sent where the profile does not ask for it", () => {
  const { see, checked } = start(async () => true, false);
  see(said("Hello."));
  expect(checked).toEqual([]);
});

it("no more than four checks of a session are under way", () => {
  const { see, checked, watcher } = start(() => new Promise(() => {}));
  for (let index = 0; index < 10; index++) see(said(`${index}`));
  watcher.onTick?.(NOON);
  expect(checked).toHaveLength(4);
});

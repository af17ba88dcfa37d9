// What a session tells its page, though another replica has it.
import { expect, it } from "vitest";
import { createFollowers } from "../../../../server/sessions/told/followers.ts";
import { sharedFollowers } from "../../../../server/sessions/told/shared-followers.ts";
import type { ToldLog } from "../../../../server/sessions/told/told-log.ts";
import type { Told } from "../../../../server/sessions/watchers/watcher.ts";
import { createTestTime } from "../../../support/time.ts";

const caption = (text: string): Told => ({ kind: "caption", by: "assistant", text, isWhole: false });

const cluster = () => {
  const time = createTestTime();
  const written: Told[][] = [];
  let isAway = false;
  const log: ToldLog = {
    add: async (_, told) => {
      if (isAway) throw new Error("away");
      written.push([...told]);
    },
    read: async (_, after = String(written.length)) => {
      if (isAway) throw new Error("away");
      return { told: written.slice(Number(after)).flat(), next: String(written.length) };
    },
  };
  const replica = (isHere: boolean) =>
    sharedFollowers({ local: createFollowers(), log, isHere: () => isHere, timers: time.timers });
  const setAway = (away: boolean) => {
    isAway = away;
  };
  return { time, written, replica, setAway };
};

it("tells pages on other replicas what the owner tells, in its order, from then on", async () => {
  const { time, written, replica } = cluster();
  const [owner, other] = [replica(true), replica(false)];
  owner.tell("vs_a", caption("before"));
  await time.pass(1000);
  const here: Told[] = [];
  const there: Told[] = [];
  owner.follow("vs_a", (told) => here.push(told));
  const stop = other.follow("vs_a", (told) => there.push(told));
  await time.pass(1000);
  const said = ["How", " are", " you?"].map(caption);
  for (const each of said) owner.tell("vs_a", each);
  expect(here).toEqual(said);
  await time.pass(1000);
  expect(there).toEqual(said);
  expect(here).toEqual(said);
  // Written together.
  expect(written).toHaveLength(2);
  stop();
  owner.tell("vs_a", caption("after"));
  await time.pass(1000);
  expect(there).toEqual(said);
});

it("leaves states to the session's row", async () => {
  const { time, written, replica } = cluster();
  replica(true).tell("vs_a", { kind: "state", state: "ended", reason: "idle" });
  await time.pass(1000);
  expect(written).toEqual([]);
});

it("goes on when what replicas share was away", async () => {
  const { time, replica, setAway } = cluster();
  const [owner, other] = [replica(true), replica(false)];
  const told: Told[] = [];
  other.follow("vs_a", (each) => told.push(each));
  setAway(true);
  owner.tell("vs_a", caption("lost"));
  await time.pass(2000);
  setAway(false);
  await time.pass(1000);
  owner.tell("vs_a", caption("kept"));
  await time.pass(1000);
  expect(told).toEqual([caption("kept")]);
});

it("keeps nothing going for a page that has left", async () => {
  const { time, replica } = cluster();
  const stop = replica(false).follow("vs_a", () => {});
  await time.pass(1000);
  stop();
  await time.pass(1000);
  expect(time.pending()).toBe(0);
});

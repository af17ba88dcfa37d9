// Contents on their way to the journal: bounded for each day, and told where they are not kept.
import { expect, it } from "vitest";
import type { Content } from "../../../server/ledger/content.ts";
import { createContents } from "../../../server/ledger/contents.ts";
import { Excerpt } from "../../../server/ledger/excerpt.ts";
import { createTestTime } from "../../support/time.ts";

const open = (bytesPerDay: number) => {
  const time = createTestTime();
  const kept: Content[] = [];
  const lost: string[] = [];
  const state = { hasRoom: true };
  const ledger = {
    keepContent: (content: Content) => {
      if (state.hasRoom) kept.push(content);
      return state.hasRoom;
    },
  };
  const contents = createContents({
    ...{ ledger, clock: time.clock, bytesPerDay },
    onLost: (reason) => lost.push(reason),
  });
  const keep = (id: string, text: string) => {
    const excerpt = new Excerpt();
    excerpt.add(text);
    contents.keep(id, "prompts", excerpt);
  };
  return { time, kept, lost, state, keep };
};

it("keeps what was said, with its request and its time, and nothing where nothing was said", () => {
  const { time, kept, keep } = open(1000);
  keep("a", "hello");
  keep("b", "");
  expect(kept).toEqual([
    { requestId: "a", at: time.clock.now(), kind: "prompts", text: "hello", isCut: false },
  ]);
});

it("keeps no more of one day than it may, and goes on the next", async () => {
  const { time, kept, lost, keep } = open(10);
  for (const id of ["a", "b", "c"]) keep(id, "éééé");
  expect(kept.map(({ requestId }) => requestId)).toEqual(["a", "b"]);
  expect(lost).toEqual(["day-full"]);
  await time.pass(86_400_000);
  keep("d", "more");
  expect(kept.at(-1)?.requestId).toBe("d");
});

it("says where the journal has no room", () => {
  const { state, lost, keep } = open(1000);
  state.hasRoom = false;
  keep("a", "hello");
  expect(lost).toEqual(["journal-full"]);
});

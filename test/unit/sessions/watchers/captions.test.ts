// What a sealed page is told of what is said.
import { expect, it } from "vitest";
import type { Fact } from "../../../../server/sessions/dialects/fact.ts";
import { captions } from "../../../../server/sessions/watchers/captions.ts";
import { supervisedSession, watchSession } from "../../../support/watched-session.ts";

const said = (text: string): Fact => ({
  kind: "said",
  by: "assistant",
  text,
  itemId: undefined,
  isWhole: true,
});

it("a sealed page is told what is said, cut where it is long", () => {
  const { see, told } = watchSession(captions, supervisedSession({ supervision: "sealed" }));
  see(said("Hello."), { kind: "activity" }, said("x".repeat(5000)));
  expect(told).toEqual([
    { kind: "caption", by: "assistant", text: "Hello.", isWhole: true },
    { kind: "caption", by: "assistant", text: "x".repeat(4000), isWhole: true },
  ]);
});

it("another page reads OpenAI's own events", () => {
  const { see, told } = watchSession(captions, supervisedSession({ supervision: "enforce" }));
  see(said("Hello."));
  expect(told).toEqual([]);
});

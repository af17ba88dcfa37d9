// When the model is asked for its next answer.
import { expect, it } from "vitest";
import { createTurns } from "../../../../server/sessions/run/turns.ts";

const setUp = () => {
  const sent: string[] = [];
  const turns = createTurns(() => sent.push("go on"));
  return { turns, sent };
};

it("asks at once while the model is silent", () => {
  const { turns, sent } = setUp();
  turns.ask();
  expect(sent).toHaveLength(1);
});

it("waits for the answer that is being given, and asks once for several", () => {
  const { turns, sent } = setUp();
  turns.began("r1");
  turns.ask();
  turns.ask();
  expect([sent.length, turns.isAnswering]).toEqual([0, true]);
  turns.ended("r1");
  turns.began("r2");
  turns.ended("r2");
  expect([sent.length, turns.isAnswering]).toEqual([1, false]);
});

it("asks once more after an answer that was asked for before", () => {
  const { turns, sent } = setUp();
  turns.ask();
  turns.ask();
  expect(sent).toHaveLength(1);
  turns.began("r1");
  turns.ended("r1");
  expect(sent).toHaveLength(2);
});

it("tries once more where another answer was in the way, not for ever", () => {
  const { turns, sent } = setUp();
  turns.ask();
  turns.refused();
  expect(sent).toHaveLength(1);
  turns.ended("unseen");
  turns.refused();
  turns.ended("unseen too");
  expect(sent).toHaveLength(2);
  turns.refused();
  expect(sent).toHaveLength(2);
});

it("asks when it is connected again, whatever was being said before", () => {
  const { turns, sent } = setUp();
  turns.began("r1");
  turns.ask();
  turns.forget();
  expect([sent.length, turns.isAnswering]).toEqual([1, false]);
});

it("keeps no more answers than there can be", () => {
  const { turns, sent } = setUp();
  for (let index = 0; index < 100; index += 1) turns.began(`r${index}`);
  turns.ask();
  for (const last of ["r96", "r97", "r98"]) turns.ended(last);
  expect(sent).toHaveLength(0);
  turns.ended("r99");
  expect(sent).toHaveLength(1);
});

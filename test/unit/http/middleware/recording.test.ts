// What was said is kept when its request has ended, as far as it came, and only what is to be recorded.
import { expect, it } from "vitest";
import { recordCall, recordedField } from "../../../../server/http/middleware/recording.ts";
import type { Recorded } from "../../../../server/ledger/content.ts";
import type { Contents } from "../../../../server/ledger/contents.ts";
import { factsOf } from "../../../support/facts.ts";

const call = (recorded: Recorded, result?: string) => {
  const kept: [string, string, string][] = [];
  const facts = factsOf();
  const services = {
    contents: {
      keep: (...[id, kind, excerpt]: Parameters<Contents["keep"]>) =>
        void kept.push([id, kind, excerpt.read().text]),
    },
  };
  const { tellResult } = recordCall(facts, services, recorded, { city: "Graz" });
  if (result !== undefined) tellResult(result);
  expect(kept).toEqual([]);
  facts.end();
  return { kept, id: facts.requestId };
};

it("keeps a call's arguments and its result, when the request has ended", () => {
  const { kept, id } = call(["tool_arguments", "tool_results"], "sunny");
  expect(kept).toEqual([
    [id, "tool_arguments", '{"city":"Graz"}'],
    [id, "tool_results", "sunny"],
  ]);
});

it("keeps the arguments of a call that failed, and nothing as its result", () => {
  expect(call(["tool_arguments", "tool_results"]).kept.map(([, , text]) => text)).toEqual([
    '{"city":"Graz"}',
    "",
  ]);
});

it("keeps only what is to be recorded", () => {
  expect(call(["tool_results"], "sunny").kept.map(([, kind]) => kind)).toEqual(["tool_results"]);
  expect(call([], "sunny").kept).toEqual([]);
});

it("tells the caller what is recorded", () => {
  expect(recordedField(["prompts", "answers"])).toEqual({ "x-broker-recorded": "prompts, answers" });
  expect(recordedField([])).toEqual({});
});

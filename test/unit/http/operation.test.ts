// The rows of the table: the compiler keeps their order, and their answers.
import { expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import type { Caller } from "../../../server/auth/caller.ts";
import { jsonAnswer } from "../../../server/http/answer.ts";
import type { RequestFacts } from "../../../server/http/facts.ts";
import { operation, type ServicesOf, step } from "../../../server/http/operation.ts";

const authenticate = step(["credentials-missing"], (_: RequestFacts, { callers }: { callers: Caller[] }) => ({
  caller: callers[0] as Caller,
}));
const readName = step(["request-malformed"], async ({ query }: RequestFacts) => ({ name: query }));
const checkOwner = step(
  ["tool-forbidden"],
  (_: { caller: Caller; name: string }, _owners: { owners: Set<string> }) => {},
);

const hello = () =>
  operation({
    routes: { "GET /hello": "hello" },
    summary: "Says hello",
    answer: jsonAnswer("A greeting.", z.strictObject({ text: z.string() })),
  });

it("takes steps in an order in which each finds what it needs", () => {
  const row = hello()
    .step(authenticate)
    .step(readName)
    .step(checkOwner)
    .handle(({ caller, name }, { mark }: { mark: string }) => ({ text: `${name}${mark} ${caller.id}` }));
  expect(row.steps).toEqual([authenticate, readName, checkOwner]);
  expect(row.steps.flatMap(({ failures }) => failures)).toEqual([
    ...["credentials-missing", "request-malformed", "tool-forbidden"],
  ]);
});

it("does not compile where a step comes before what it needs", () => {
  // @ts-expect-error the caller is not known yet
  hello().step(readName).step(checkOwner);
  // @ts-expect-error the name is not read yet
  hello().step(authenticate).step(checkOwner);
  hello().step(authenticate).step(readName).step(checkOwner);
});

it("does not compile where a handler reads what no step adds", () => {
  // @ts-expect-error no step adds the caller
  hello().handle(({ caller }: { caller: Caller }) => ({ text: caller.id }));
  hello()
    .step(authenticate)
    .handle(({ caller }: { caller: Caller }) => ({ text: caller.id }));
});

it("does not compile where the answer is not the one that the contract promises", () => {
  // @ts-expect-error the contract says text
  hello().handle(() => ({ text: 1 }));
  // @ts-expect-error and says it always
  hello().handle(async () => ({}));
  hello().handle(async () => ({ text: "hello" }));
});

it("asks for all services that steps and handlers of a table use", () => {
  const rows = [
    hello()
      .step(authenticate)
      .handle(() => ({ text: "" })),
    hello().handle((_, { mark }: { mark: string }) => ({ text: mark })),
  ] as const;
  expectTypeOf<ServicesOf<typeof rows>>().toExtend<{ callers: Caller[]; mark: string }>();
  expect(rows).toHaveLength(2);
});

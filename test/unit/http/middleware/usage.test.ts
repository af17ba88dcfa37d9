// What questions about usage may ask, and how the database's errors are told.
import { expect, it } from "vitest";
import { Failure } from "../../../../server/failures/failure.ts";
import { narrowed, readBooks, refuseFaults } from "../../../../server/http/middleware/usage.ts";
import { TooManySums } from "../../../../server/ledger/books.ts";
import { QuestionError } from "../../../../server/ledger/question.ts";
import { ReaderBusy } from "../../../../server/store/reader.ts";

const codeOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error instanceof Failure ? error.code : error;
  }
};

it("narrows every question of a caller to the caller's own, and no operator's", () => {
  expect(narrowed({ user: ["user:bob"], team: ["red"] }, [], "user:alice")).toEqual({
    ...{ user: ["user:alice"], team: ["red"] },
  });
  expect(narrowed({ user: ["user:bob"] }, ["upstream_key"], undefined)).toEqual({ user: ["user:bob"] });
});

it("tells of keys at OpenAI to operators only", () => {
  expect(codeOf(() => narrowed({ upstream_key: ["eu"] }, [], "user:alice"))).toBe("operators-only");
  expect(codeOf(() => narrowed({ upstream_key: [""] }, [], "user:alice"))).toBe("operators-only");
  expect(codeOf(() => narrowed({}, ["user", "upstream_key"], "user:alice"))).toBe("operators-only");
});

it.each([
  ["too many reports wait", new ReaderBusy(), "overloaded"],
  ["the answer would be too large", new TooManySums(), "usage-query-invalid"],
  ["the database does not answer", new Error("ECONNREFUSED"), "store-unavailable"],
])("says that %s", async (_, error, code) => {
  await expect(readBooks(Promise.reject(error))).rejects.toMatchObject({ code });
});

it("points at what is wrong in a question, and hides no other error", () => {
  const fault = () => {
    throw new QuestionError([{ field: "since", detail: "must be a time" }]);
  };
  expect(() => refuseFaults(fault)).toThrow(
    expect.objectContaining({
      code: "usage-query-invalid",
      errors: [{ pointer: "/since", detail: "must be a time" }],
    }),
  );
  const bug = new TypeError("bug");
  expect(
    codeOf(() =>
      refuseFaults(() => {
        throw bug;
      }),
    ),
  ).toBe(bug);
});

// Which refusals of an API become an answer for the model, and what is taken out of them.
import { expect, it } from "vitest";
import { refusalAnswer, withoutQuoted } from "../../../server/tools/api-refusal.ts";

const told = (status: number, contentType: string, text: string) =>
  refusalAnswer({ status, contentType, text });

it.each([400, 403, 404, 409, 422, 429, 499])("tells the model what a %s says", (status) => {
  expect(told(status, "text/plain", "No.")).toMatchObject({ status, answer: "No." });
});

it.each([200, 302, 399, 401, 407, 500, 503])("makes no answer of a %s", (status) => {
  expect(told(status, "text/plain", "No.")).toBeUndefined();
});

it.each(["text/html", "image/png", "application/octet-stream"])("finds no words in %s", (type) => {
  expect(told(404, type, "No.")).toBeUndefined();
});

it("takes out whole headers, and the parts that are long enough to be a secret", () => {
  const sent = ["Bearer abcdefgh12", "k=short; v=longsecret"];
  expect(withoutQuoted("Bearer abcdefgh12 / abcdefgh12 / Bearer / longsecret / short", sent)).toBe(
    "[redacted] / [redacted] / Bearer / [redacted] / short",
  );
});

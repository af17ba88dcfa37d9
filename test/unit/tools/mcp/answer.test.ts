// What the model reads of an MCP server's result.
import { expect, it } from "vitest";
import { answerOf } from "../../../../server/tools/mcp/answer.ts";

const text = (words: string) => ({ type: "text", text: words });
const answer = (content: Record<string, unknown>[], more: object = {}) =>
  answerOf({ isError: false, structured: undefined, content, ...more });

it("is the text, or the structured content where there is some", () => {
  expect(answer([text("one"), text("two")])).toBe("one\ntwo");
  expect(answer([text("one")], { structured: { left: 1 } })).toEqual({ left: 1 });
  expect(answer([text("one")], { structured: "odd" })).toBe("one");
});

it("is what went wrong, as words", () => {
  expect(answer([text("closed")], { isError: true, structured: { a: 1 } })).toEqual({ error: "closed" });
  expect(answer([], { isError: true })).toEqual({ error: "The tool failed, and did not say why." });
});

it("names what a voice model cannot read, and reads an embedded text", () => {
  expect(
    answer([
      { type: "image", data: "AAAA", mimeType: "image/png" },
      { type: "resource_link", uri: "file:///a" },
      { type: "resource", resource: { uri: "file:///b", text: "words" } },
      { type: "resource", resource: { uri: "file:///c", blob: "AAAA" } },
    ]),
  ).toBe("[image left out]\n[resource_link file:///a]\nwords\n[resource file:///c]");
});

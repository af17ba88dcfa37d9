// Filling a configured request: arguments reach path segments, query values and JSON values, and nothing else.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure } from "../../../server/failures/failure.ts";
import { fillUrl, fillValue, type RequestTemplate } from "../../../server/tools/http-request.ts";

const template = (url: string, query: RequestTemplate["query"] = {}): RequestTemplate => ({ url, query });
const urlOf = (url: string, args: Record<string, unknown>, query: RequestTemplate["query"] = {}) =>
  fillUrl(template(url, query), args).href;

it.each<[string, Record<string, unknown>, string]>([
  ["https://h.example/a/{x}/b", { x: "1" }, "https://h.example/a/1/b"],
  ["https://h.example/a/{x}", { x: 12.5 }, "https://h.example/a/12.5"],
  ["https://h.example/{x}-{y}.json", { x: "a", y: true }, "https://h.example/a-true.json"],
  ["https://h.example/{x}", { x: "Zürich & co" }, "https://h.example/Z%C3%BCrich%20%26%20co"],
  ["https://h.example/{x}", { x: "🌍" }, "https://h.example/%F0%9F%8C%8D"],
  ["https://h.example/{x}", { x: "{y}", y: "no" }, "https://h.example/%7By%7D"],
  ["https://h.example/{x}", { x: "a@evil.example:80" }, "https://h.example/a%40evil.example%3A80"],
  ["https://h.example/{x}", { x: "...a" }, "https://h.example/...a"],
  ["https://h.example", { x: "unused" }, "https://h.example/"],
])("fills %s with %j", (url, args, filled) => {
  expect(urlOf(url, args)).toBe(filled);
});

describe("refuses, by its name, a value that could leave its path segment", () => {
  it.each([
    "",
    ".",
    "..",
    "...",
    "../x",
    "a/b",
    "/",
    "//evil",
    "a\\b",
    "%2e%2e",
    "%2F",
    "a%00",
    "a?b",
    "a#b",
    "a;b",
  ])("%j", (value) => {
    const filling = () => urlOf("https://h.example/a/{x}/b", { x: value });
    expect(filling).toThrow(Failure);
    expect(filling).toThrow(
      expect.objectContaining({
        code: "arguments-invalid",
        errors: [expect.objectContaining({ pointer: "/x" })],
      }),
    );
  });

  it.each(["\r\nHost: evil", "\0", "\t", "\u007f", "\u0085", "\ud800", null, undefined])("%j", (value) => {
    expect(() => urlOf("https://h.example/{x}", { x: value })).toThrow(Failure);
  });
});

it.each<[RequestTemplate["query"], Record<string, unknown>, string]>([
  [{ q: "{x}" }, { x: "a&b=c#d?e" }, "?q=a%26b%3Dc%23d%3Fe"],
  [{ q: "{x}" }, { x: "\r\nX: y" }, "?q=%0D%0AX%3A+y"],
  [{ q: "{x}", fixed: "1" }, {}, "?fixed=1"],
  [{ q: "{x}" }, { x: null }, ""],
  [{ q: "{x}" }, { x: "" }, "?q="],
  [{ q: "{x}" }, { x: ["a", 2] }, "?q=a&q=2"],
  [{ q: "{x}" }, { x: { a: 1 } }, "?q=%7B%22a%22%3A1%7D"],
  [{ q: "near {x}, {y}" }, { x: "a", y: 2 }, "?q=near+a%2C+2"],
  [{ "{x}": "v" }, { x: "name" }, "?%7Bx%7D=v"],
  [{ n: 5, t: true }, {}, "?n=5&t=true"],
])("fills the query %j with %j", (query, args, search) => {
  expect(fillUrl(template("https://h.example/p", query), args).search).toBe(search);
});

it("a body's value keeps the argument's type where it stands alone, and is text within text", () => {
  const body = { whole: "{x}", text: "x is {x}", list: ["{x}", 1], deep: { y: "{y}" }, n: null };
  expect(fillValue(body, { x: { a: [1] }, y: 2 })).toEqual({
    whole: { a: [1] },
    text: 'x is {"a":[1]}',
    list: [{ a: [1] }, 1],
    deep: { y: 2 },
    n: null,
  });
  expect(JSON.stringify(fillValue({ whole: "{x}" }, {}))).toBe("{}");
});

it("an argument cannot add a field to a body, nor break out of its text", () => {
  const filled = JSON.stringify(fillValue({ a: "say {x}" }, { x: '","admin":true,"b":"' }));
  expect(Object.keys(JSON.parse(filled))).toEqual(["a"]);
});

it("an argument left out is not taken from JavaScript itself", () => {
  expect(fillValue("{constructor}|{toString}", {})).toBe("|");
  expect(fillValue("{constructor}", {})).toBeUndefined();
  expect(() => urlOf("https://h.example/{valueOf}", {})).toThrow(Failure);
});

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom(
      "/",
      "\\",
      ".",
      "%",
      "2",
      "e",
      "f",
      "?",
      "#",
      "@",
      ":",
      ";",
      "\r",
      "\n",
      "\0",
      "a",
      " ",
      "é",
    ),
  }),
  fc.jsonValue(),
);

it("no argument leaves the origin, or changes the number of path segments or query parameters", () => {
  const at = template("https://h.example:8443/v1/{x}/items/{y}.json", { q: "{x}", fixed: "1" });
  fc.assert(
    fc.property(hostile, hostile, (x, y) => {
      let url: URL;
      try {
        url = fillUrl(at, { x, y });
      } catch (error) {
        expect(error).toMatchObject({ code: "arguments-invalid" });
        return;
      }
      expect([url.origin, url.username, url.hash]).toEqual(["https://h.example:8443", "", ""]);
      expect(url.pathname).toMatch(/^\/v1\/[^/]+\/items\/[^/]+\.json$/);
      expect(decodeURIComponent(url.pathname.split("/")[2] ?? "")).toBe(
        typeof x === "object" ? JSON.stringify(x) : String(x),
      );
      expect(new Set(url.searchParams.keys())).toEqual(
        x === null || (Array.isArray(x) && x.length === 0) ? new Set(["fixed"]) : new Set(["q", "fixed"]),
      );
    }),
    { numRuns: 1000 },
  );
});

// The base path, as settings and requests have it.
import { expect, it } from "vitest";
import { basePathSchema, enter, isBelow } from "../../../../server/http/server/base-path.ts";

it.each([
  ["/", ""],
  ["", ""],
  ["/voice", "/voice"],
  ["/voice/", "/voice"],
  ["/apps/voice-2.0/~ada", "/apps/voice-2.0/~ada"],
])("%j is a base path", (text, path) => {
  expect(basePathSchema.parse(text)).toBe(path);
});

const noPaths = [
  "voice",
  "//voice",
  "/voice//",
  "/a/../b",
  "/.",
  "/a%2fb",
  "/a?b",
  "/a b",
  '/"',
  `/${"a".repeat(200)}`,
];
it.each(noPaths)("%j is none", (text) => {
  expect(basePathSchema.safeParse(text).success).toBe(false);
});

it.each([
  ["/voice/tools?a=/voice", "/tools?a=/voice", false],
  ["/tools", "/tools", false],
  ["/voice", "/", true],
  ["/voice?profile=a", "/?profile=a", true],
  ["/voice/", "/", false],
  ["/voices", "/voices", false],
  ["/voice%2ftools", "/voice%2ftools", false],
  ["//voice/tools", "//voice/tools", false],
  ["/voice//evil.example", "//evil.example", false],
  ["/voice/voice/tools", "/voice/tools", false],
  ["/voice/../tools", "/../tools", false],
  ["http://broker.example/voice/tools", "http://broker.example/tools", false],
  ["http://broker.example/voice", "http://broker.example/", true],
  ["", "", false],
])("below /voice, %j is %j", (url, rest, isBare) => {
  expect(enter(url, "/voice")).toEqual({ basePath: "/voice", url: rest, isBare });
});

it("without a base path nothing is taken off", () => {
  expect(enter("/voice/tools", "")).toEqual({ basePath: "", url: "/voice/tools", isBare: false });
});

it.each([
  ["/tools?a=1", "/voice/tools?a=1", "/voice", false],
  ["/", "/voice", "/voice", true],
  ["/?a=1", "/voice?a=1", "/voice", true],
  ["/", "/voice/", "/voice", false],
  ["/tools", "/tools", "", false],
  ["/tools", "/<script>/tools", "", false],
  ["/tools", "//evil.example/tools", "", false],
  ["/tools", "/elsewhere", "", false],
])("where an application made %j of %j, the base path is %j", (url, original, basePath, isBare) => {
  expect(enter(url, "", original)).toEqual({ basePath, url, isBare });
});

it("the configured path counts where an application has taken off its own", () => {
  expect(enter("/tools", "/app/voice", "/voice/tools")).toMatchObject({
    basePath: "/app/voice",
    url: "/tools",
  });
});

it("an address is below the path only at a slash", () => {
  const below = [
    "/voice",
    "/voice/",
    "/voice?a",
    "/voices",
    "/voic",
    "/other/voice",
    "/voice;a",
    "/voice%2f",
  ];
  expect(below.filter((url) => isBelow(url, "/voice"))).toEqual(["/voice", "/voice/", "/voice?a"]);
});

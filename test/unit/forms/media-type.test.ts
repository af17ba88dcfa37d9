// Content-Type fields: read in one way, or not at all.
import { expect, it } from "vitest";
import { readMediaType } from "../../../server/forms/media-type.ts";

it.each([
  ["application/json", "application/json", {}],
  ["Application/JSON ; Charset=UTF-8", "application/json", { charset: "UTF-8" }],
  ['text/plain;charset="utf8" ;x="a b"', "text/plain", { charset: "utf8", x: "a b" }],
  ["multipart/form-data; boundary=----a'b", "multipart/form-data", { boundary: "----a'b" }],
  ["application/json; ", "application/json", {}],
])("%s", (field, essence, parameters) => {
  const type = readMediaType(field);
  expect([type?.essence, Object.fromEntries(type?.parameters ?? [])]).toEqual([essence, parameters]);
});

it.each([
  "",
  "json",
  "application/json, text/plain",
  "application/json charset=utf-8",
  "application/json; charset=utf-7",
  "application/json; charset=utf-8; charset=utf-8",
  "application/json; charset=utf-8; CHARSET=utf-7",
  'application/json; charset="utf-8',
  'application/json; charset="utf\\-8"',
  "application/json; =a",
  "application/json; a",
  "application/json;; charset=utf-8",
  "application/json\u0000",
  `application/json; a=${"a".repeat(1000)}`,
])("%j is not read", (field) => {
  expect(readMediaType(field)).toBeUndefined();
});

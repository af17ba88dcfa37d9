// Law 1: data flows one way down, and rooms know each other by type only.
import { expect, test } from "vitest";
import { roomOf, sourceOf } from "../support/source.ts";

// What each room may know of which others, by type. What is not listed is upwards, or none of its business.
const mayKnow: Record<string, string[]> = {
  http: ["auth", "limits", "profiles", "mint", "tools", "relay", "upstream", "observe"],
  auth: ["store"],
  limits: ["auth", "store", "observe"],
  profiles: ["auth"],
  mint: ["auth", "profiles", "upstream"],
  tools: ["auth", "profiles"],
  relay: ["auth", "profiles", "store", "upstream"],
  upstream: [],
  store: ["observe"],
  observe: [],
};
const shared = [
  "failure",
  "failure-kinds",
  "rates",
  "secret",
  "clock",
  "redact",
  "json-levels",
  "json-limits",
  "json-names",
  "json-scan",
  "media-type",
  "multipart",
  "json-pointer",
  "model-names",
].map((name) => `server/${name}.ts`);

// Rooms of their own are config/, which puts their schemas together, and the root and cli/, which compose everything.
const rooms = sourceOf("server").filter(({ path }) => roomOf(path) in mayKnow);

const doors = rooms.flatMap(({ path, imports }) =>
  imports
    .filter(
      ({ from }) => from.startsWith("server/") && !shared.includes(from) && roomOf(from) !== roomOf(path),
    )
    .map(({ from, typeOnly }) => ({ path, from, typeOnly })),
);

test("there is no room that the law does not know", () => {
  const found = new Set(sourceOf("server").map(({ path }) => roomOf(path)));
  expect([...found].sort()).toEqual(["", "cli", "config", ...Object.keys(mayKnow)].sort());
});

test("a room never imports upwards, nor what composes it", () => {
  const wrong = doors.filter(({ path, from }) => !mayKnow[roomOf(path)]?.includes(roomOf(from)));
  expect(wrong.map(({ path, from }) => `${path} imports ${from}`)).toEqual([]);
});

test("rooms know each other by their types only", () => {
  const wrong = doors.filter(({ typeOnly }) => !typeOnly);
  expect(wrong.map(({ path, from }) => `${path} imports more than types of ${from}`)).toEqual([]);
});

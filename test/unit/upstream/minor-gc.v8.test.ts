// How often relayed bytes cause a collection.
import { expect, it } from "vitest";
import { collectRelayedBytes } from "../../../server/upstream/minor-gc.v8.ts";

it("every 8 MiB one minor collection", () => {
  const collections: unknown[] = [];
  const onRelayed = collectRelayedBytes((options) => collections.push(options));
  for (let mebibyte = 1; mebibyte < 8; mebibyte += 1) onRelayed(1024 * 1024);
  expect(collections).toEqual([]);
  for (let mebibyte = 8; mebibyte <= 16; mebibyte += 1) onRelayed(1024 * 1024);
  expect(collections).toEqual([{ type: "minor" }, { type: "minor" }]);
});

it("none where V8 offers none", () => {
  expect(() => collectRelayedBytes(undefined)(64 * 1024 * 1024)).not.toThrow();
});

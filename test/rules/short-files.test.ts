// Rule 7: no file over 200 lines; a file that needs more has more than one reason to change.
import { expect, test } from "vitest";
import { filesIn, readSource } from "../support/source.ts";

const linesOf = (path: string): number => readSource(path).trimEnd().split("\n").length;
const folders = [
  "server",
  "client",
  "emulator",
  "web-demo",
  "web-admin",
  "bench",
  "test",
  "examples",
  "scripts",
  "docs/.vitepress",
];
const files = filesIn(folders, ["ts", "tsx", "js", "css", "html", "sh"]);

// Tests that are longer still. The list may only shrink.
const long = new Set([
  "test/browser/deep-chat-page.ts",
  "test/emulator/client-events.test.ts",
  "test/emulator/minting.test.ts",
  "test/emulator/scripting.test.ts",
  "test/emulator/websocket.test.ts",
  "test/flows/bodies.test.ts",
  "test/flows/cli.test.ts",
  "test/flows/cut-off.test.ts",
  "test/flows/guests.test.ts",
  "test/flows/limits.test.ts",
  "test/flows/realtime-relay.test.ts",
  "test/flows/relay-cache.test.ts",
  "test/flows/relay-clients.test.ts",
  "test/flows/relay-moderation.test.ts",
  "test/flows/relay.test.ts",
  "test/flows/signed.test.ts",
  "test/flows/upstream-pool.test.ts",
  "test/unit/relay/cache/shared-requests.test.ts",
  "test/unit/relay/cache/single-flight.test.ts",
  "test/unit/relay/moderation/texts.test.ts",
  "test/unit/relay/policy/paths.test.ts",
  "test/unit/upstream/key-state.test.ts",
  "test/unit/upstream/retry.test.ts",
]);

test("no file has more than 200 lines", () => {
  expect(files.length).toBeGreaterThan(300);
  expect(files.filter((path) => linesOf(path) > 200 && !long.has(path))).toEqual([]);
});

test("every file says in its first line what it is", () => {
  const code = files.filter((path) => /\.tsx?$/.test(path));
  expect(code.filter((path) => !/^(?:#!.*\n)?\/\/ \S.*\S/.test(readSource(path)))).toEqual([]);
});

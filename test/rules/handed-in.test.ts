// Rule 4: the environment, time, chance and the network are handed in, and nothing lives at import time.
import ts from "typescript";
import { expect, test } from "vitest";
import { calleeOf, nodesIn, treesOf } from "../support/syntax.ts";

const files = treesOf("server", "emulator");
// A thread begins as a process does.
const isMain = (path: string): boolean => path.endsWith("/main.ts") || path.endsWith(".worker.ts");

test("the environment is read in the mains only", () => {
  const environment = /^(?:(?:globalThis\.)?process\.env|"(?:node:process|process|dotenv)")$/;
  const readers = files.filter(({ tree }) => nodesIn(tree).some((node) => environment.test(node.getText())));
  expect(readers.map(({ path }) => path)).toEqual([
    "emulator/main.ts",
    "server/cli/main.ts",
    "server/main.ts",
  ]);
});

const taken =
  /^(?:Date\.now|new Date|Math\.random|performance\.now|(?:crypto\.)?random(?:UUID|Bytes|Int)|(?:globalThis\.)?fetch)$/;

const isParameter = (node: ts.Node, name: string): boolean =>
  ts.findAncestor(
    node,
    (up) => ts.isFunctionLike(up) && up.parameters.some((each) => each.name.getText().includes(name)),
  ) !== undefined;

test("time, chance and the network come from clock.ts, compose/ and adapters only", () => {
  const given = /^server\/(?:clock|random|compose\/[\w-]+|cli\/broker)\.ts$|\/[\w-]+\.[\w-]+\.ts$/;
  const wrong = files
    .filter(({ path }) => path.startsWith("server/"))
    .flatMap(({ path, tree }) =>
      nodesIn(tree)
        .filter((node) => taken.test(calleeOf(node) ?? "") && !isParameter(node, "fetch"))
        // `new Date(milliseconds)` only converts; fetch is handed to adapters too.
        .filter((node) => !(ts.isNewExpression(node) && node.arguments?.length))
        .filter((node) => !given.test(path) || calleeOf(node)?.endsWith("fetch"))
        .map((node) => `${path}: ${node.getText().slice(0, 60)}`),
    );
  expect(wrong).toEqual([]);
});

const timer = /^(?:(?:globalThis\.)?(?:setTimeout|setInterval|setImmediate)|AbortSignal\.timeout)$/;

// They still take timers from the runtime; the list may only shrink.
const ownTimers: string[] = [];

test("timers come from clock.ts and adapters only", () => {
  const given = /^server\/clock\.ts$|\/[\w-]+\.[\w-]+\.ts$/;
  const wrong = files
    .filter(({ path }) => path.startsWith("server/") && !given.test(path))
    .filter(({ tree }) =>
      nodesIn(tree).some((node) => timer.test(calleeOf(node) ?? "") || /^"node:timers/.test(node.getText())),
    );
  expect(wrong.map(({ path }) => path)).toEqual(ownTimers);
});

const timers = "setTimeout|setInterval|setImmediate";
const sockets = "createServer|listen|connect|fetch|spawn|fork";
const disk = "readFile(?:Sync)?|readdir(?:Sync)?|writeFile(?:Sync)?|destination";
const listeners = "on|once|addEventListener";
const objects = "new (?:Agent|Pool|Worker|Server|WebSocket|WebSocketServer|OpenAI)";
const alive = new RegExp(`(?:^|\\.)(?:${timers}|${sockets}|${disk}|${listeners})$|^${objects}$`);

test("nothing lives at import time: no timer, socket, file or listener at a module's top level", () => {
  const started = files
    // A worker's file is the main of its thread.
    .filter(({ path }) => !isMain(path) && !path.endsWith(".worker.ts"))
    .flatMap(({ path, tree }) =>
      nodesIn(tree, (child) => !ts.isFunctionLike(child))
        .filter((node) => alive.test(calleeOf(node) ?? ""))
        .map((node) => `${path}: ${node.getText().slice(0, 60)}`),
    );
  expect(started).toEqual([]);
});

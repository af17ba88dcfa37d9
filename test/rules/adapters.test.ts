// Rule 2: a dotted second name touches the world, and only compose/ knows it.
import { basename } from "node:path";
import { expect, test } from "vitest";
import { sourceOf } from "../support/source.ts";

const isAdapter = (path: string): boolean => /^[\w-]+\.[\w-]+\.ts$/.test(basename(path));

// compose/ builds everything. The start needs its file and a log before anything else exists, and Node's server is one thing
// in several files.
const mayImport = (path: string, from: string): boolean =>
  path.startsWith("server/compose/") ||
  (path.startsWith("server/http/server/") && from.startsWith("server/http/server/")) ||
  (path === "server/start.ts" &&
    /^server\/(?:observe\/log\.pino|config\/read-file\.fs|shutdown\.node)\.ts$/.test(from)) ||
  (path === "server/cli/broker.ts" && from === "server/config/read-file.fs.ts");

// An adapter may be built on another by its type.
test("only compose/ imports adapters, and the starts what they begin with", () => {
  const wrong = sourceOf("server").flatMap(({ path, imports }) =>
    imports
      .filter(({ from, typeOnly }) => from.startsWith("server/") && isAdapter(from) && !typeOnly)
      .filter(({ from }) => !mayImport(path, from))
      .map(({ from }) => `${path} imports ${from}`),
  );
  expect(wrong).toEqual([]);
});

// node:crypto and node:net are pure where they hash, parse and compare.
const world =
  /^(?:openai|undici|pg|pino|prom-client|jose|node:(?:fs|sqlite|http|https|child_process|worker_threads|dns|tls)\b.*)$/;

test("what touches the world has a dotted second name", () => {
  const wrong = sourceOf("server")
    .filter(({ path }) => !isAdapter(path) && path !== "server/start.ts")
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ from, typeOnly }) => world.test(from) && !typeOnly)
        .map(({ from }) => `${path}: ${from}`),
    );
  expect(wrong).toEqual([]);
});

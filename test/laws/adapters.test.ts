// Law 2: a dotted second name touches the world, and only the composition root knows it.
import { basename } from "node:path";
import { expect, test } from "vitest";
import { sourceOf } from "../support/source.ts";

const isAdapter = (path: string): boolean => /^[\w-]+\.[\w-]+\.ts$/.test(basename(path));

// The start needs a log before anything else exists.
const composers: Record<string, (from: string) => boolean> = {
  "server/wire.ts": () => true,
  "server/start.ts": (from) => from === "server/observe/log.pino.ts",
};

// An adapter may be built on another by its type: the pooled fetch under OpenAI's package.
test("only wire.ts imports adapters, and start.ts its log", () => {
  const wrong = sourceOf("server").flatMap(({ path, imports }) =>
    imports
      .filter(({ from, typeOnly }) => from.startsWith("server/") && isAdapter(from) && !typeOnly)
      .filter(({ from }) => !composers[path]?.(from))
      .map(({ from }) => `${path} imports ${from}`),
  );
  expect(wrong).toEqual([]);
});

// node:crypto and node:net are pure where they hash, parse and compare.
const world =
  /^(?:openai|undici|pino|prom-client|jose|node:(?:fs|http|https|child_process|worker_threads|dns|tls)\b.*)$/;

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

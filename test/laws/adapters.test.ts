// Law 2: a dotted second name touches the world, and only the composition root knows it.
import { basename } from "node:path";
import { expect, test } from "vitest";
import { sourceOf } from "../support/source.ts";

const isAdapter = (path: string): boolean => /^[\w-]+\.[\w-]+\.ts$/.test(basename(path));

// The start needs its file and a log before anything else exists.
const composers: Record<string, (from: string) => boolean> = {
  "server/wire.ts": () => true,
  "server/wire-auth.ts": (from) => from.startsWith("server/auth/"),
  "server/wire-limits.ts": (from) => from.startsWith("server/limits/"),
  "server/wire-relay.ts": (from) => from.startsWith("server/relay/"),
  "server/wire-store.ts": (from) => /^server\/(?:store|auth)\//.test(from),
  "server/wire-upstream.ts": (from) => from.startsWith("server/upstream/"),
  "server/http/listen.node.ts": (from) => /^server\/http\/(?:outgoing|upgrades)\.node\.ts$/.test(from),
  "server/http/upgrades.node.ts": (from) => from === "server/http/outgoing.node.ts",
  "server/start.ts": (from) =>
    /^server\/(?:observe\/log\.pino|config\/read-file\.fs|shutdown\.node)\.ts$/.test(from),
  "server/cli/broker.ts": (from) => from === "server/config/read-file.fs.ts",
};

// An adapter may be built on another by its type: the pooled exchange under OpenAI. And Node's server makes Node's answers.
test("only the wiring imports adapters, and the starts what they begin with", () => {
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

// Rule 2: a dotted second name touches the world, and only compose/ knows it.
import { basename } from "node:path";
import { expect, test } from "vitest";
import { readSource, sourceOf } from "../support/source.ts";

const isAdapter = (path: string): boolean => /^[\w-]+\.[\w-]+\.ts$/.test(basename(path));

// compose/ builds everything. The start, and the package's entry, need their file and a log before anything else exists, and
// Node's server is one thing in several files, as the registry of metrics is.
const mayImport = (path: string, from: string): boolean =>
  path.startsWith("server/compose/") ||
  (path === "server/observe/metrics.prom.ts" && /^server\/observe\/metrics-\w+\.prom\.ts$/.test(from)) ||
  (path.startsWith("server/http/server/") && from.startsWith("server/http/server/")) ||
  (path === "server/start.ts" &&
    /^server\/(?:observe\/log\.pino|config\/read-file\.fs|shutdown\.node)\.ts$/.test(from)) ||
  (path === "server/broker.ts" && /^server\/(?:observe\/log\.pino|config\/read-file\.fs)\.ts$/.test(from)) ||
  (path === "server/cli/broker.ts" &&
    ["server/config/read-file.fs.ts", "server/tools/catalog.fs.ts"].includes(from));

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

// Each dependency is one or the other; an unknown one fails below.
const pure = [
  "hono",
  "ipaddr.js",
  "leven",
  "lru-cache",
  "standardwebhooks",
  "structured-headers",
  "yaml",
  "zod",
];
const world = [
  ...["@modelcontextprotocol/client", "@modelcontextprotocol/server"],
  ...["api", "core", "exporter-trace-otlp-http", "resources", "sdk-trace"].map(
    (name) => `@opentelemetry/${name}`,
  ),
  ...["@hono/node-server", "@redis/client", "altcha-lib", "jose", "openai"],
  ...["pg", "pino", "prom-client", "rate-limiter-flexible", "undici", "ws"],
];
// These hash, parse and compare. Randomness and timers are another rule's, and node:net has sockets too.
const pureOfNode = ["node:buffer", "node:crypto", "node:net", "node:path", "node:util"];
const pureOfNet =
  /^import (?:type )?\{(?: (?:type \w+|BlockList|SocketAddress|isIP(?:v[46])?),?)+ \} from "node:net";$/m;

// An error's class, and the mark of an answer that is already written.
const pureParts = [
  "server/http/router-fetch.ts: @hono/node-server/utils/response",
  "server/http/run.ts: @hono/node-server/utils/response",
  "server/http/server/raw-refusals.ts: @hono/node-server",
];

const packageOf = (from: string): string => from.split("/", from.startsWith("@") ? 2 : 1).join("/");
const isPure = (from: string): boolean =>
  from.startsWith("server/") ||
  pure.includes(packageOf(from)) ||
  pureOfNode.includes(from) ||
  /^node:(?:timers|stream)\b/.test(from);

test("every dependency is known to be pure, or to touch the world", () => {
  const { dependencies } = JSON.parse(readSource("package.json"));
  const known = [...pure, ...world];
  expect(Object.keys(dependencies).filter((name) => !known.includes(name))).toEqual([]);
});

test("what touches the world has a dotted second name", () => {
  const entries = ["server/start.ts", "server/main.ts", "server/demo.ts", "server/cli/main.ts"];
  const wrong = sourceOf("server")
    .filter(({ path }) => !isAdapter(path) && !entries.includes(path))
    .flatMap(({ path, imports, text }) =>
      imports
        .filter(({ typeOnly }) => !typeOnly)
        .filter(({ from }) => !isPure(from) || (from === "node:net" && !pureOfNet.test(text)))
        .map(({ from }) => `${path}: ${from}`),
    );
  expect(wrong).toEqual(pureParts);
});

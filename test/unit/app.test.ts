// The router over the table of operations.
import { expect, it, vi } from "vitest";
import { createApp, operations, reservedNames, type Services } from "../../server/app.ts";
import { createLifecycle } from "../../server/http/server/lifecycle.ts";
import { listen } from "../../server/http/server/listen.node.ts";
import { problemIn } from "../support/problem.ts";

it("an error before a request has facts is logged, and answered as internal without its words", async () => {
  const current = (): Services => {
    throw new Error("secret detail");
  };
  const write = vi.fn();
  const ports = { lifecycle: createLifecycle(), log: { write }, socketPaths: new Set<string>() };
  const { url, stop } = await listen(createApp(current), ports, {
    ...{ host: "127.0.0.1", port: 0, header_timeout_seconds: 10, request_timeout_seconds: 10, base_path: "" },
  });
  const answer = await fetch(`${url}/healthz`);
  const problem = await problemIn(answer);
  expect([answer.status, problem.code]).toEqual([500, "internal"]);
  expect(JSON.stringify(problem)).not.toContain("secret");
  const cause = { name: "Error", message: "secret detail" };
  expect(write.mock.calls).toEqual([["error", "request-failed", { cause }]]);
  await stop(0);
});

it("no tool may have the name of an address", () => {
  const names = ["healthz", "metrics", "tools", "v1", "assets", "problems", "ephemeral-key", "client.js", ""];
  for (const name of names) expect(reservedNames).toContain(name);
  expect([...reservedNames].filter((name) => /[:*]/.test(name))).toEqual([]);
});

it("every operation has a name of its own for generated clients", () => {
  const ids = operations.flatMap((operation) => Object.values(operation.routes));
  expect(new Set(ids).size).toBe(ids.length);
});

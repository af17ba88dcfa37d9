// Every route but a named few answers 401 to a caller without credentials, and one module alone rejects credentials.
import { expect, test } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { routes } from "../support/routes.ts";
import { sourceOf } from "../support/source.ts";

const open = [
  ...["GET /", "GET /assets/*", "GET /client.js", "GET /realtime.js", "GET /live.js", "GET /challenge.js"],
  ...["GET /healthz", "GET /readyz", "GET /problems", "GET /problems/:code", "GET /challenge"],
  ...["GET /admin", "GET /admin/assets/*", "GET /admin/api/sign-in"],
];
const yaml = "callers: { tokens: [{ name: alice, token: alice-0123456789 }] }";

const closed = routes.filter((row) => !open.includes(row));

test("the open routes are the ones that are meant to be", () => {
  expect(routes).toEqual(expect.arrayContaining(open));
  expect(closed).toContain("POST /ephemeral-key");
});

test.each(closed)("%s answers 401 without credentials, and with wrong ones", async (row) => {
  await using broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml });
  const [method = "", route = ""] = row.split(" ");
  for (const tool of route.includes(":") ? ["current_time", "no_such_tool"] : [""]) {
    const path = route.replace(/:\w+/, tool).replace("*", "chat/completions");
    const wrong = { authorization: "Bearer alice-0123456780" };
    for (const headers of [{}, wrong, { cookie: "token=alice-0123456789" }]) {
      const answer = await broker.fetch(path, { method, headers });
      expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
        401,
        expect.stringContaining("Bearer"),
      ]);
    }
  }
});

test("one module rejects credentials, so that none goes uncounted", () => {
  const rejecting = sourceOf("server").filter(({ text }) =>
    /new Failure\(\s*"credentials-rejected"/.test(text),
  );
  expect(rejecting.map(({ path }) => path)).toEqual(["server/auth/rejection.ts"]);
});

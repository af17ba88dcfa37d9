// A store that fails changes nothing, and the log tells it once.
import { expect, it } from "vitest";
import { SecretError } from "../../../server/secrets/store.ts";
import { keptSecrets } from "../../support/kept-secrets.ts";

it("a store that fails keeps the last values, is told once, and again when it is over", async () => {
  const { keep, kept, values, time, value, logs, told } = keptSecrets("asked", "vault");
  await keep("a");
  await keep("b");
  values.a = new SecretError("down", "cannot be read: it does not answer");
  values.b = values.a;
  await time.pass(1_200_000);
  expect([value("a"), value("b"), told()]).toEqual(["one", "one", 0]);
  expect(logs).toEqual([
    {
      level: "warn",
      msg: "secret-not-read-again",
      ...{
        store: "vault",
        secret: "vault:a",
        reason: "cannot be read: it does not answer",
        kept: "the last value",
      },
    },
  ]);
  expect(kept.ages()).toEqual([{ store: "vault", seconds: 1200 }]);
  values.a = "two";
  values.b = "one";
  await time.pass(310_000);
  expect([value("a"), told()]).toEqual(["two", 1]);
  expect(logs.slice(1)).toEqual([{ level: "info", msg: "secrets-read-again", store: "vault" }]);
});

it("a store that was down for a moment is asked again in seconds", async () => {
  const { keep, values, time, reads } = keptSecrets("asked", "aws-sm");
  await keep("a");
  values.a = new SecretError("down", "cannot be read");
  await time.pass(300_000);
  expect(reads()).toBe(2);
  await time.pass(5000);
  expect(reads()).toBe(3);
  await time.pass(10_000);
  expect(reads()).toBe(4);
});

it("a secret that was taken away keeps its last value, and is told by its own name", async () => {
  const { keep, values, time, value, logs } = keptSecrets("watched", "file");
  await keep("a");
  delete values.a;
  await time.pass(60_000);
  expect(value("a")).toBe("one");
  expect(logs.map(({ secret, reason }) => [secret, reason])).toEqual([["file:a", "is not there"]]);
});

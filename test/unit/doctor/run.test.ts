// Checks are run side by side, in time, and only where they mean something.
import { expect, it } from "vitest";
import type { Check, Finding } from "../../../server/doctor/finding.ts";
import { runChecks } from "../../../server/doctor/run.ts";
import { createTestTime } from "../../support/time.ts";

const finding = (check: string, level: Finding["level"]): Finding => ({
  check,
  level,
  subject: "",
  title: "is so",
});
const check = (id: string, more: Partial<Check> = {}): Check => ({
  ...{ id, title: id, run: async () => [finding(id, "ok")] },
  ...more,
});
const { timers } = createTestTime();

it("answers in the order of the checks, whatever they wait for", async () => {
  const checks = [check("b", { needs: ["a"] }), check("a"), check("c")];
  expect((await runChecks(checks, { timers })).map(({ id }) => id)).toEqual(["b", "a", "c"]);
});

it("skips what a fault makes meaningless, and names the fault at the root", async () => {
  const broken = check("dns", { subject: "a.example", run: async () => [finding("dns.unknown", "fault")] });
  const fine = check("dns", { subject: "b.example" });
  const checks = [
    ...[broken, fine],
    check("tls", { subject: "a.example", needs: ["dns a.example"] }),
    check("tls", { subject: "b.example", needs: ["dns b.example"] }),
    check("key", { needs: ["tls a.example"] }),
  ];
  const examined = await runChecks(checks, { timers });
  expect(examined.map(({ skippedFor }) => skippedFor)).toEqual([
    ...[undefined, undefined, "dns a.example", undefined, "dns a.example"],
  ]);
  expect(examined[2]?.findings).toEqual([]);
});

it("needs all checks of a name, where none is singled out", async () => {
  const broken = check("dns", { subject: "a", run: async () => [finding("dns.unknown", "fault")] });
  const [, , last] = await runChecks(
    [check("dns", { subject: "b" }), broken, check("key", { needs: ["dns"] })],
    {
      timers,
    },
  );
  expect(last?.skippedFor).toBe("dns a");
});

it("goes on after a warning", async () => {
  const warned = check("a", { run: async () => [finding("a.odd", "warning")] });
  const [, second] = await runChecks([warned, check("b", { needs: ["a"] })], { timers });
  expect(second?.findings).toEqual([finding("b", "ok")]);
});

it("takes a check that throws as a finding, without the secrets in its error", async () => {
  const run = () => Promise.reject(new Error("cannot use sk-proj-0123456789abcdef"));
  const [broken, other] = await runChecks([check("a", { run }), check("b")], { timers });
  expect(broken?.findings).toMatchObject([{ check: "a.broken", level: "fault" }]);
  expect(broken?.findings[0]?.cause).toBe("The check itself failed: cannot use [redacted]");
  expect(other?.findings).toHaveLength(1);
});

it("does not wait for a check that never ends, and tells it to stop", async () => {
  const time = createTestTime();
  let seen: AbortSignal | undefined;
  const run = (signal: AbortSignal) => {
    seen = signal;
    return new Promise<Finding[]>(() => {});
  };
  const running = runChecks([check("a", { run, timeoutMs: 3000 }), check("b", { needs: ["a"] })], time);
  await time.pass(3000);
  const [late, next] = await running;
  expect(late?.findings).toMatchObject([{ check: "a.unfinished", title: "not finished within 3 s" }]);
  expect(seen?.aborted).toBe(true);
  expect(next?.skippedFor).toBe("a");
  expect(time.pending()).toBe(0);
});

it("says the same of a check that throws because its time is up", async () => {
  const time = createTestTime();
  const run = (signal: AbortSignal) =>
    new Promise<Finding[]>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const running = runChecks([check("a", { run })], time);
  await time.pass(10_000);
  expect((await running)[0]?.findings).toMatchObject([{ check: "a.unfinished" }]);
});

it("says what broke a connection, and what to do", async () => {
  const error = new TypeError("fetch failed", {
    cause: Object.assign(new Error("x"), { code: "ECONNRESET" }),
  });
  const [broken] = await runChecks([check("a", { run: () => Promise.reject(error) })], { timers });
  expect(broken?.findings).toMatchObject([{ check: "a.broken", title: "the connection broke" }]);
  expect(broken?.findings[0]?.cause).toBe("It closed the connection without an answer.");
});

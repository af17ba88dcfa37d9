// Refusals by policy: the first at once, its repeats once a minute.
import { expect, it } from "vitest";
import type { AuditEntry } from "../../../server/audit/entry.ts";
import { countRepeats } from "../../../server/audit/refusals.ts";
import { createTestTime } from "../../support/time.ts";

const refusal = (actor: string, more = {}): AuditEntry => ({
  at: 0,
  action: "request-refused",
  actor,
  target: "profile:vip",
  details: { problem: "profile-forbidden", route: "GET /ephemeral-key", ...more },
});

const prepare = () => {
  const time = createTestTime();
  const written: AuditEntry[] = [];
  return { time, written, refusals: countRepeats((entry) => void written.push(entry), time.timers) };
};

it("writes the first of a kind at once, and how often it was repeated a minute later", async () => {
  const { time, written, refusals } = prepare();
  for (let index = 0; index < 1000; index += 1)
    refusals.add(refusal("user:eve", { request_id: String(index) }));
  refusals.add(refusal("user:bob"));
  expect(written.map(({ actor }) => actor)).toEqual(["user:eve", "user:bob"]);
  await time.pass(60_000);
  expect(written).toHaveLength(3);
  expect(written[2]).toMatchObject({ actor: "user:eve", details: { times: 999 } });
  refusals.add(refusal("user:eve"));
  expect(written).toHaveLength(4);
});

it("keeps a flood of different names within bounds", async () => {
  const { time, written, refusals } = prepare();
  for (let index = 0; index < 100_000; index += 1) refusals.add(refusal(`issuer|${index}`));
  await time.pass(60_000);
  expect(written).toHaveLength(501);
  expect(written.at(-1)).toMatchObject({ actor: "several", details: { times: 99_500 } });
});

it("writes what was repeated when the service stops", () => {
  const { written, refusals } = prepare();
  for (let index = 0; index < 3; index += 1) refusals.add(refusal("user:eve"));
  refusals.flush();
  expect(written.at(-1)?.details.times).toBe(2);
  refusals.flush();
  expect(written).toHaveLength(2);
});

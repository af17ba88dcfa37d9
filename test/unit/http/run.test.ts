// One request through its row: steps in their order, one answer, and one event that says what came of it.
import { expect, it, vi } from "vitest";
import { rejected } from "../../../server/auth/rejection.ts";
import { Failure } from "../../../server/failures/failure.ts";
import type { RequestFacts } from "../../../server/http/facts.ts";
import { type Step, step } from "../../../server/http/operation.ts";
import { report } from "../../../server/http/run.ts";
import type { BrokerEvent } from "../../../server/observe/event.ts";
import { alice, factsWith } from "../../support/facts.ts";
import { serveRow } from "../../support/rows.ts";
import { createTestTime } from "../../support/time.ts";

const stepsOf = (...steps: Step<never, unknown, never>[]) => steps;
const refuseWith = (failure: Failure) =>
  step([failure.code], () => {
    throw failure;
  });

it("each step finds what those before it added, whether they took their time or not", async () => {
  const steps = stepsOf(
    step([], () => ({ first: 1 })),
    step([], async ({ first }: { first: number }) => ({ second: first + 1 })),
    step([], () => {}),
  );
  const handler = (facts: RequestFacts) => {
    const { first, second } = facts as unknown as { first: number; second: number };
    return `${first} ${second}`;
  };
  await using row = await serveRow({ steps, handler });
  expect(await (await row.fetch()).text()).toBe("1 2");
});

it("a refused request goes no further, and its event says which rule refused what", async () => {
  const violatedPolicies = ["mints-caller-day"];
  const failure = new Failure("limit-exceeded", "Used up.", {
    ...{ violatedPolicies, errors: [{ pointer: "/sk-1234567890abcdef", detail: "is not known" }] },
  });
  const steps = stepsOf(
    step([], (facts: RequestFacts) => {
      facts.subject = { kind: "mint", profile: "default" };
    }),
    refuseWith(failure),
  );
  const handler = vi.fn();
  await using row = await serveRow({ steps, handler });
  const answer = await row.fetch();
  expect([answer.status, await answer.json()]).toEqual([
    429,
    expect.objectContaining({ type: "/problems/limit-exceeded", instance: "request-1" }),
  ]);
  expect(handler).not.toHaveBeenCalled();
  expect(row.refused()).toEqual([
    {
      ...{ kind: "refused", requestId: "request-1", caller: undefined, code: "limit-exceeded", status: 429 },
      ...{ subject: { kind: "mint", profile: "default" }, seconds: undefined, limits: violatedPolicies },
      ...{ pointers: ["/[redacted]"], reason: undefined, cause: undefined },
    },
  ]);
});

it("the event of rejected credentials says why, and the answer does not", async () => {
  const steps = stepsOf(refuseWith(rejected("jwt-expired", "it ended yesterday")));
  await using row = await serveRow({ steps });
  expect(await (await row.fetch()).text()).not.toMatch(/expired|yesterday/);
  expect(row.refused()).toMatchObject([{ code: "credentials-rejected", reason: "jwt-expired" }]);
});

it("every request ends with one event, which says how long it took and who called", async () => {
  await using row = await serveRow({
    handler: async (facts) => {
      Object.assign(facts, { caller: { kind: "guest", id: "guest:1" } });
      await row.time.pass(12.3456);
      return "done";
    },
  });
  expect((await row.fetch({ method: "POST" })).status).toBe(200);
  expect(row.events).toEqual([
    {
      ...{ kind: "request-ended", requestId: "request-1", caller: { kind: "guest", id: "guest:1" } },
      ...{ method: "POST", route: "/row", path: "/row", status: 200, ms: 12.346, client: "hashed" },
      ...{ subject: undefined, done: undefined, refusal: undefined },
      ...{ isAborted: false, cutOff: undefined, isQuiet: false, at: row.time.clock.now() },
    },
  ]);
});

it("how long a job took is measured from its handler on, also where it fails", async () => {
  const steps = stepsOf(step([], () => row.time.pass(500)));
  const handler = async () => {
    await row.time.pass(2000);
    throw new Failure("upstream-timeout");
  };
  await using row = await serveRow({ steps, handler });
  expect((await row.fetch()).status).toBe(504);
  expect(row.refused()).toMatchObject([{ seconds: 2 }]);
  expect(row.ended()).toMatchObject([{ ms: 2500, status: 504 }]);
});

it("a job that was done stays done when the request fails after it", async () => {
  const handler: Parameters<typeof serveRow>[0]["handler"] = (facts, services) => {
    facts.subject = { kind: "tool-call", tool: "weather" };
    report(facts, services, { kind: "tool-called", tool: "weather" });
    throw new Failure("upstream-unavailable");
  };
  await using row = await serveRow({ handler });
  expect((await row.fetch()).status).toBe(503);
  // The refusal is not of the call: it would be counted twice.
  expect(row.refused()).toMatchObject([{ code: "upstream-unavailable", subject: undefined }]);
  expect(row.ended()).toMatchObject([
    {
      subject: { tool: "weather" },
      done: { kind: "tool-called" },
      refusal: { code: "upstream-unavailable" },
    },
  ]);
});

it("an unexpected error is answered as internal, and only its event says more", async () => {
  const error = new TypeError("secret detail");
  await using row = await serveRow({
    handler: () => {
      throw error;
    },
  });
  const answer = await row.fetch();
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain("secret detail");
  expect(row.refused()).toMatchObject([{ code: "internal", cause: error }]);
});

it("every answer has the request's id and the security headers, a refusal too", async () => {
  await using row = await serveRow({ steps: stepsOf(refuseWith(new Failure("draining"))) });
  const { headers } = await row.fetch();
  expect([headers.get("x-request-id"), headers.get("x-content-type-options")]).toEqual([
    ...["request-1", "nosniff"],
  ]);
  expect(headers.has("strict-transport-security")).toBe(false);
});

it("a request that came over https through a trusted proxy is answered with Strict-Transport-Security", async () => {
  await using row = await serveRow({}, { proxies: { areNone: false, contains: () => true } });
  const { headers } = await row.fetch({ headers: { "x-forwarded-proto": "https" } });
  expect(headers.get("strict-transport-security")).toMatch(/^max-age=\d+$/);
});

it("an origin that is allowed may read a refusal, and another may not", async () => {
  await using row = await serveRow({ steps: stepsOf(refuseWith(new Failure("credentials-missing"))) });
  const allowedFor = async (origin: string) => {
    const { headers } = await row.fetch({ headers: { origin } });
    return [headers.get("access-control-allow-origin"), headers.get("vary")];
  };
  expect(await allowedFor("https://page.example")).toEqual(["https://page.example", "Origin"]);
  expect(await allowedFor("https://other.example")).toEqual([null, "Origin"]);
});

it("the event of a job that was done names request and caller, and counts the time from the job's beginning", async () => {
  const { clock, pass } = createTestTime();
  const events: BrokerEvent[] = [];
  const facts = factsWith({ caller: alice });
  await pass(1000);
  facts.jobStartedAtMs = clock.monotonic();
  await pass(250);
  const services = {
    clock,
    emit: (event: BrokerEvent) => void events.push(event),
    hashAddress: () => "a1b2",
  };
  report(facts, services, { kind: "tool-called", tool: "weather" });
  const event = {
    kind: "tool-called",
    tool: "weather",
    requestId: "request-1",
    caller: alice,
    seconds: 0.25,
    client: "a1b2",
  };
  expect(events).toEqual([event]);
  // The request's log line has the same.
  expect(facts.done).toBe(events[0]);
});

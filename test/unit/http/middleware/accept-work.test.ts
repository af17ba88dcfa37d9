// Work in flight, and what is refused while the instance drains.
import { expect, it } from "vitest";
import { acceptWork } from "../../../../server/http/middleware/accept-work.ts";
import { createLifecycle } from "../../../../server/http/server/lifecycle.ts";
import { factsOf } from "../../../support/facts.ts";

it("draining waits for the work in flight, and refuses new work meanwhile", async () => {
  const lifecycle = createLifecycle();
  const running = factsOf();
  acceptWork.run(running, { lifecycle });
  const order: string[] = [];
  const drained = lifecycle.drain().then(() => order.push("drained"));
  const refusal = { code: "draining", headers: { connection: "close", "retry-after": "1" } };
  const late = factsOf();
  expect(() => acceptWork.run(late, { lifecycle })).toThrow(expect.objectContaining(refusal));
  // What was refused is no work, and ends none.
  late.end();
  await Promise.resolve().then(() => order.push("ended"));
  running.end();
  await drained;
  expect(order).toEqual(["ended", "drained"]);
});

// Delivering alerts to a webhook that fails.
import { expect, it } from "vitest";
import type { RaisedAlert } from "../../../server/budgets/alert-log.ts";
import { webhookDelivery } from "../../../server/budgets/webhook.ts";
import { createTestTime } from "../../support/time.ts";

const alert = (account: string): RaisedAlert => ({
  ...{ account, threshold: 80 },
  event: {
    ...{ kind: "budget-reached", at: 0, budget: "daily", subject: "everyone", threshold: 80 },
    ...{ unit: "requests", used: 8, limit: 10, renewsAt: 1 },
  },
});

/** Fails for as long as `isDown` says so. */
const setUp = () => {
  const time = createTestTime();
  const sent: [string, number][] = [];
  const logs: string[] = [];
  const webhook = { isDown: true, underWay: 0, most: 0 };
  const send = async ({ account }: RaisedAlert): Promise<void> => {
    webhook.underWay += 1;
    webhook.most = Math.max(webhook.most, webhook.underWay);
    sent.push([account, time.clock.monotonic() / 1000]);
    await Promise.resolve();
    webhook.underWay -= 1;
    if (webhook.isDown) throw new Error("no");
  };
  const log = { write: (_: string, msg: string) => void logs.push(msg) };
  return { time, sent, logs, webhook, deliver: webhookDelivery({ send, timers: time.timers, log }) };
};

it("tries again after longer and longer pauses, and then gives up", async () => {
  const { time, sent, deliver } = setUp();
  const end = deliver(alert("a")).catch((error: Error) => error.message);
  await time.pass(300_000);
  expect(sent.map(([, second]) => second)).toEqual([0, 1, 6, 21, 66, 186]);
  expect(await end).toBe("no");
});

it("is content when the webhook is", async () => {
  const { time, sent, deliver, webhook } = setUp();
  const end = deliver(alert("a"));
  await time.pass(1000);
  webhook.isDown = false;
  await time.pass(5000);
  await end;
  expect(sent.length).toBe(3);
  expect(time.pending()).toBe(0);
});

it("asks for one alert at a time", async () => {
  const { time, webhook, deliver } = setUp();
  webhook.isDown = false;
  await Promise.all(["a", "b", "c"].map((account) => deliver(alert(account))));
  await time.pass(0);
  expect(webhook.most).toBe(1);
});

it("holds no more than a thousand", async () => {
  const { logs, deliver } = setUp();
  const waiting = Array.from({ length: 1000 }, (_, index) => deliver(alert(String(index))).catch(() => {}));
  await expect(deliver(alert("one too many"))).rejects.toThrow("too many");
  expect(logs).toContain("budget-alerts-too-many");
  expect(waiting.length).toBe(1000);
});

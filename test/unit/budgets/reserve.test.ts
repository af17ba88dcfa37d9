// Reserving and settling in one replica.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LocalAmounts } from "../../../server/budgets/local-amounts.ts";
import { createReserving, type Reservation, type Reserving } from "../../../server/budgets/reserve.ts";
import { createTimeBudget } from "../../../server/limits/time-budget.ts";
import { charge } from "../../support/budget-charges.ts";
import { createTestTime } from "../../support/time.ts";

const timeBudget = createTimeBudget(createTestTime(), 1000);

const setUp = () => {
  const local = new LocalAmounts();
  const reserving = createReserving({ local, shared: undefined, share: 1, onSettled: () => {} });
  const reserve = (...charges: Parameters<Reserving["reserve"]>[0]) =>
    reserving.reserve(charges, timeBudget) as Reservation;
  return { local, reserving, reserve };
};

describe("what is reserved", () => {
  it("is held until it is settled, then what was spent counts", () => {
    const { local, reserving, reserve } = setUp();
    const each = charge(4);
    const first = reserve(each);
    expect(local.state(each.account)).toEqual({ spent: 0, held: 4 });
    reserving.settle(first, [1]);
    expect(local.state(each.account)).toEqual({ spent: 1, held: 0 });
  });

  it("fits to the last, and no further", () => {
    const { reserve } = setUp();
    expect(reserve(charge(6)).refused).toEqual([]);
    expect(reserve(charge(5)).refused.length).toBe(1);
    expect(reserve(charge(4)).refused).toEqual([]);
  });

  it("takes nothing of one budget where another refuses", () => {
    const { local, reserve } = setUp();
    const [roomy, tight] = [charge(5, { requests: 100 }), charge(5, { name: "tight", requests: 4 })];
    expect(reserve(roomy, tight).refused).toEqual([tight]);
    expect(local.state(roomy.account)).toEqual({ spent: 0, held: 0 });
  });

  it("costs nothing by its estimate, and passes until the budget is used up", () => {
    const { reserving, reserve } = setUp();
    reserving.settle(reserve(charge(1)), [9]);
    reserve(charge(1));
    expect(reserve(charge(0)).refused).toEqual([]);
    reserving.settle(reserve(charge(0)), [1]);
    expect(reserve(charge(0)).refused.length).toBe(1);
  });
});

it("is never negative, never lost and never more than fits, whatever comes in whatever order", () => {
  const command = fc.record({
    isReserve: fc.boolean(),
    estimate: fc.integer({ min: 0, max: 6 }),
    spent: fc.integer({ min: 0, max: 6 }),
    pick: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const { local, reserving, reserve } = setUp();
      const open: { reservation: Reservation; estimate: number }[] = [];
      let spent = 0;
      let overshoot = 0;
      for (const { isReserve, estimate, spent: actual, pick } of commands) {
        if (isReserve) {
          const reservation = reserve(charge(estimate));
          if (reservation.refused.length === 0) open.push({ reservation, estimate });
        } else if (open.length > 0) {
          const [chosen] = open.splice(pick % open.length, 1);
          if (!chosen) continue;
          reserving.settle(chosen.reservation, [actual]);
          spent += actual;
          overshoot += Math.max(0, actual - chosen.estimate);
        }
        const held = open.reduce((sum, each) => sum + each.estimate, 0);
        expect(local.state(charge().account)).toEqual({ spent, held });
        // No more than the estimates were wrong by.
        expect(spent + held).toBeLessThanOrEqual(10 + overshoot);
      }
    }),
  );
});

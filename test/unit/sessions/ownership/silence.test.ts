// Which replicas are gone, by the clock of the one that looks.
import { expect, it } from "vitest";
import { createSilence } from "../../../../server/sessions/ownership/silence.ts";

/** Looks every half of a second, at beats that are told for each moment. */
const looking = (beatAt: (now: number) => number, until: number, pause?: [number, number]) => {
  const silence = createSilence();
  for (let now = 0; now <= until; now += 500) {
    if (pause && now > pause[0] && now < pause[1]) continue;
    if (silence.among([{ replica: "a", seenAt: beatAt(now) }], now).length > 0) return now;
  }
  return undefined;
};

it("takes a replica for gone when its beat has not changed for three seconds", () => {
  expect(looking((now) => Math.min(1000, now), 20_000)).toBe(4000);
});

it("does not mind clocks that differ by hours, or jump back", () => {
  expect(looking((now) => now - 7_200_000, 20_000)).toBeUndefined();
  expect(looking((now) => now + 7_200_000, 20_000)).toBeUndefined();
  expect(looking((now) => (now < 9000 ? now : now - 600_000), 20_000)).toBeUndefined();
});

it("begins anew after it could not look, as the others may not have been able to say that they live", () => {
  expect(looking(() => 5, 20_000, [1000, 9000])).toBe(12_000);
});

// While an old and a new key both exist, the one that works is in service.
import { expect, it } from "vitest";
import { CONFIGURED, createRotationPlant, DAYS, newSealing } from "../../support/rotation.ts";

const GRACE_MS = 130 * 60_000;

it("puts the old key in service again when the new one is deleted at OpenAI in the grace time", async () => {
  await using plant = await createRotationPlant();
  await plant.works(CONFIGURED);
  const [replica, other] = [plant.replica(), plant.replica({ rotates: false })];
  await replica.poll();
  await plant.time.pass(30 * DAYS);
  await plant.reach("grace", replica, other);
  expect(other.shows()).not.toBe(CONFIGURED);
  await plant.deleteServiceAccounts();
  other.findProblem("OpenAI does not know it, or its account (401)");
  await plant.reach("undoing", other, replica);
  await plant.reach("idle", other, replica);
  expect([replica.shows(), other.shows()]).toEqual([CONFIGURED, CONFIGURED]);
  expect(await plant.works(CONFIGURED)).toBe(true);
  expect(await plant.keyCount()).toBe(1);
  other.findProblem(undefined);
  await plant.time.pass(6 * 3_600_000);
  await plant.reach("grace", other, replica);
  expect(await plant.works(other.shows())).toBe(true);
});

it("goes back to no key that fails as well, as when OpenAI is down", async () => {
  await using plant = await createRotationPlant();
  await plant.works(CONFIGURED);
  const replica = plant.replica();
  await replica.poll();
  await plant.time.pass(30 * DAYS);
  await plant.reach("grace", replica);
  await plant.fault({ path: "/v1/models", status: 503, times: 100 });
  replica.findProblem("cannot be reached");
  for (let polls = 0; polls < 30; polls += 1) {
    await replica.poll();
    await plant.time.pass(10_000);
  }
  expect((await plant.row()).state).toBe("grace");
  expect(replica.shows()).not.toBe(CONFIGURED);
});

it("keeps the old key while a replica uses it that began in the grace time with another sealing key", async () => {
  await using plant = await createRotationPlant();
  await plant.works(CONFIGURED);
  const replica = plant.replica();
  await replica.poll();
  await plant.time.pass(30 * DAYS);
  await plant.reach("grace", replica);
  const stranger = plant.replica({ sealing: newSealing(), rotates: false });
  await stranger.load();
  await plant.time.pass(GRACE_MS);
  await stranger.poll();
  await replica.poll();
  expect(stranger.shows()).toBe(CONFIGURED);
  expect(await plant.works(CONFIGURED)).toBe(true);
  expect(replica.news.at(-1)).toMatchObject({
    error: "the old key is kept, as a replica uses it; its log says why",
  });
});

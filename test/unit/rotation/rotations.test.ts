// A key is replaced step by step, whatever ends in between.
import { expect, it } from "vitest";
import { CONFIGURED, createRotationPlant, DAYS, newSealing } from "../../support/rotation.ts";

const GRACE_MS = 130 * 60_000;

it("replaces a key when it is old enough, and deletes the old one after the grace time", async () => {
  await using plant = await createRotationPlant();
  const replica = plant.replica();
  await replica.poll();
  expect(replica.shows()).toBe(CONFIGURED);
  expect(await plant.works(CONFIGURED)).toBe(true);
  await plant.time.pass(29 * DAYS);
  await replica.poll();
  expect((await plant.row()).state).toBe("idle");
  await plant.time.pass(1 * DAYS);
  await plant.reach("grace", replica);
  const first = replica.shows();
  expect(first).not.toBe(CONFIGURED);
  expect([await plant.works(first), await plant.works(CONFIGURED)]).toEqual([true, true]);
  await plant.time.pass(GRACE_MS - 60_000);
  await replica.poll();
  expect(await plant.works(CONFIGURED)).toBe(true);
  await plant.time.pass(60_000);
  await plant.reach("idle", replica);
  expect([await plant.works(first), await plant.works(CONFIGURED)]).toEqual([true, false]);
  // The next one replaces that.
  await plant.time.pass(30 * DAYS);
  await plant.reach("grace", replica);
  await plant.time.pass(GRACE_MS);
  await plant.reach("idle", replica);
  const second = replica.shows();
  expect([await plant.works(second), await plant.works(first), await plant.keyCount()]).toEqual([
    true,
    false,
    1,
  ]);
  expect(replica.news.map((news) => (news.kind === "step" ? news.to : news))).toEqual(
    ["creating", "verifying", "spreading", "grace", "deleting", "idle"].flatMap((each, index, all) => [
      ...(index === 0 ? [...all] : []),
      each,
    ]),
  );
});

it("stores the new key sealed, and no secret in plain", async () => {
  await using plant = await createRotationPlant();
  const replica = plant.replica();
  await replica.poll();
  await plant.time.pass(30 * DAYS);
  await plant.reach("grace", replica);
  const text = JSON.stringify(await plant.store.all());
  expect(text).not.toContain(replica.shows());
  expect(text).not.toContain("sk-");
});

it("goes on with a stored key after a start, and with the configured one as soon as that is another", async () => {
  await using plant = await createRotationPlant();
  const replica = plant.replica();
  await replica.poll();
  await plant.time.pass(30 * DAYS);
  await plant.reach("grace", replica);
  const restarted = plant.replica();
  await restarted.load();
  expect(restarted.shows()).toBe(replica.shows());
  const reconfigured = plant.replica({ secret: "sk-configured-0002" });
  await reconfigured.load();
  expect(reconfigured.shows()).toBe("sk-configured-0002");
  // The replica that has the old configuration still goes on with what it has.
  await reconfigured.poll();
  await replica.poll();
  expect(replica.shows()).toBe(restarted.shows());
});

it("waits with the grace time until each replica has the new key, and forgets one that was not heard of for long", async () => {
  await using plant = await createRotationPlant();
  let isCutOff = false;
  const [one, other] = [
    plant.replica(),
    plant.replica({
      rotates: false,
      over: (store) => ({
        ...store,
        all: () => (isCutOff ? Promise.reject(new Error("the database is away")) : store.all()),
      }),
    }),
  ];
  await one.poll();
  await other.poll();
  await plant.time.pass(30 * DAYS);
  for (const each of [one, other]) await each.poll();
  isCutOff = true;
  await plant.reach("spreading", one);
  await other.poll();
  await plant.time.pass(500_000);
  await one.poll();
  expect((await plant.row()).state).toBe("spreading");
  expect(other.shows()).toBe(CONFIGURED);
  await plant.time.pass(101_000);
  await one.poll();
  expect((await plant.row()).state).toBe("grace");
  expect(other.news.map(({ kind }) => kind)).toEqual(["blind"]);
  isCutOff = false;
  await other.poll();
  expect(other.shows()).toBe(one.shows());
});

it("does one rotation where two replicas find it due at once", async () => {
  await using plant = await createRotationPlant();
  const replicas = [plant.replica(), plant.replica(), plant.replica()];
  for (const each of replicas) await each.poll();
  await plant.works(CONFIGURED);
  await plant.time.pass(30 * DAYS);
  for (let polls = 0; polls < 30; polls++) {
    await Promise.all(replicas.map((each) => each.poll()));
    await plant.time.pass(1000);
  }
  expect((await plant.row()).state).toBe("grace");
  expect(await plant.keyCount()).toBe(2);
  expect(new Set(replicas.map((each) => each.shows())).size).toBe(1);
  const steps = replicas.flatMap(({ news }) => news.map((each) => (each.kind === "step" ? each.to : each)));
  expect(steps).toEqual(expect.arrayContaining(["creating", "verifying", "spreading", "grace"]));
  expect(steps).toHaveLength(4);
});

it("creates nothing without SECRETS_KEY to seal it, and says so", async () => {
  await using plant = await createRotationPlant();
  const refuse = async (): Promise<never> => {
    throw new Error("cannot be sealed or opened: set SECRETS_KEY");
  };
  const replica = plant.replica({ sealing: { seal: refuse, open: refuse } });
  await replica.poll();
  await plant.works(CONFIGURED);
  await plant.time.pass(30 * DAYS);
  for (let polls = 0; polls < 3; polls++) await replica.poll();
  expect(await plant.keyCount()).toBe(1);
  expect(replica.news.at(-1)).toMatchObject({ kind: "failed", state: "creating", key: "main" });
  expect((await plant.row()).error).toContain("set SECRETS_KEY");
});

it("keeps the key in service when another SECRETS_KEY cannot open the stored one", async () => {
  await using plant = await createRotationPlant();
  const replica = plant.replica();
  await replica.poll();
  await plant.time.pass(30 * DAYS);
  await plant.reach("grace", replica);
  const other = plant.replica({ sealing: newSealing() });
  for (let polls = 0; polls < 3; polls++) await other.poll();
  expect(other.shows()).toBe(CONFIGURED);
  expect(other.news).toHaveLength(1);
  expect(other.news[0]).toMatchObject({ error: expect.stringContaining("sealed with another key") });
});

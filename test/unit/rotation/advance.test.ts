// A rotation that is interrupted, or whose calls fail, leaves a working key in service and goes on.
import { expect, it } from "vitest";
import type { KeyAdmin } from "../../../server/rotation/key-admin.ts";
import type { RotationStore } from "../../../server/rotation/rotation-store.ts";
import { CONFIGURED, createRotationPlant, DAYS } from "../../support/rotation.ts";

const GRACE_MS = 130 * 60_000;
const LEASE_MS = 180_000;

const states = ["creating", "verifying", "spreading", "grace", "deleting"] as const;

it.each(states)("goes on after a replica was killed while it was %s", async (state) => {
  await using plant = await createRotationPlant();
  await plant.works(CONFIGURED);
  const killed = Promise.withResolvers<"killed">();
  // After what was done at OpenAI, before it is written down: a killed process never goes on.
  const over = (store: RotationStore): RotationStore => ({
    ...store,
    change: (row, change) => {
      if (row.state !== state || change.state === undefined) return store.change(row, change);
      killed.resolve("killed");
      return new Promise(() => {});
    },
  });
  const victim = plant.replica({ over });
  await victim.poll();
  await plant.time.pass(30 * DAYS);
  while ((await Promise.race([victim.poll(), killed.promise])) !== "killed") {
    await plant.time.pass((await plant.row()).state === "grace" ? GRACE_MS : 11_000);
  }
  expect((await plant.row()).state).toBe(state);
  expect(await plant.works(victim.shows())).toBe(true);
  const successor = plant.replica();
  await successor.load();
  expect(await plant.works(successor.shows())).toBe(true);
  await plant.time.pass(LEASE_MS + 600_000);
  if (state !== "grace" && state !== "deleting") await plant.reach("grace", successor);
  await plant.time.pass(GRACE_MS);
  await plant.reach("idle", successor);
  expect(await plant.works(successor.shows())).toBe(true);
  expect(await plant.works(CONFIGURED)).toBe(false);
  expect(await plant.keyCount()).toBe(1);
});

it("deletes a new key that cannot mint, keeps the old one, and tries again hours later", async () => {
  await using plant = await createRotationPlant();
  await plant.works(CONFIGURED);
  const replica = plant.replica();
  await replica.poll();
  await plant.time.pass(30 * DAYS);
  await plant.fault({ path: "/v1/realtime/client_secrets", status: 403, times: 100 });
  await plant.reach("undoing", replica);
  expect(replica.shows()).toBe(CONFIGURED);
  await plant.reach("idle", replica);
  expect(await plant.keyCount()).toBe(1);
  expect(await plant.works(CONFIGURED)).toBe(true);
  const failures = replica.news.filter(({ kind }) => kind === "failed");
  expect(failures[0]).toMatchObject({ state: "verifying", error: expect.stringContaining("cannot mint") });
  const { failedAt, error } = await plant.row();
  expect([failedAt, error]).toEqual([expect.any(Number), expect.stringContaining("given up")]);
  await fetch(new URL("/emulator/faults", plant.emulator.baseUrl), { method: "DELETE" });
  await plant.time.pass(6 * 3_600_000);
  await plant.reach("grace", replica);
  expect(await plant.works(replica.shows())).toBe(true);
});

it("keeps the old key when the new one stops working in the grace time", async () => {
  await using plant = await createRotationPlant();
  const replica = plant.replica();
  await replica.poll();
  await plant.works(CONFIGURED);
  await plant.time.pass(30 * DAYS);
  await plant.reach("grace", replica);
  await plant.fault({ path: "/v1/models", status: 401, times: 1 });
  await plant.time.pass(GRACE_MS);
  await replica.poll();
  expect(replica.news.at(-1)).toMatchObject({ kind: "failed", state: "grace" });
  expect(await plant.works(CONFIGURED)).toBe(true);
  await plant.reach("idle", replica);
  expect(await plant.works(CONFIGURED)).toBe(false);
});

it.each([
  ["OpenAI is down", { status: 503, times: 4 }, "503"],
  ["the admin key is refused", { status: 401, times: 4 }, "OpenAI refused OPENAI_ADMIN_KEY"],
  ["a connection breaks after the key was made", { method: "POST", cut_after_bytes: 10, times: 1 }, "asked"],
])("tries again later when %s", async (_, fault, said) => {
  await using plant = await createRotationPlant();
  const replica = plant.replica();
  await replica.poll();
  await plant.works(CONFIGURED);
  await plant.time.pass(30 * DAYS);
  await plant.fault({ path: "/v1/organization/projects/*", ...fault });
  await replica.poll();
  await replica.poll();
  const failed = replica.news.at(-1);
  expect(failed).toMatchObject({ kind: "failed", state: "creating", error: expect.stringContaining(said) });
  expect(replica.shows()).toBe(CONFIGURED);
  await plant.reach("grace", replica);
  // What was made without anyone noticing is gone.
  expect(await plant.keyCount()).toBe(2);
});

it("takes back what it created when another replica was faster", async () => {
  await using plant = await createRotationPlant();
  await plant.works(CONFIGURED);
  const other = plant.replica();
  const slow = (admin: KeyAdmin): KeyAdmin => ({
    ...admin,
    create: async (...asked) => {
      const created = await admin.create(...asked);
      // Its lease ends while OpenAI takes its time.
      await plant.time.pass(LEASE_MS + 1000);
      await other.poll();
      return created;
    },
  });
  const replica = plant.replica({ admin: slow });
  await replica.poll();
  await plant.time.pass(30 * DAYS);
  await replica.poll();
  await replica.poll();
  await plant.reach("grace", other, replica);
  expect(await plant.keyCount()).toBe(2);
  expect(await plant.works(replica.shows())).toBe(true);
});

it("goes on when the database was lost after the new key was made", async () => {
  await using plant = await createRotationPlant();
  await plant.works(CONFIGURED);
  let isLost = false;
  const over = (store: RotationStore): RotationStore => ({
    ...store,
    change: (row, change) => {
      if (change.state === "verifying" && !isLost) isLost = true;
      else if (!isLost || row.state !== "creating" || change.leaseOwner) return store.change(row, change);
      return Promise.reject(new Error("the database is away"));
    },
  });
  const replica = plant.replica({ over });
  await replica.poll();
  await plant.time.pass(30 * DAYS);
  for (let polls = 0; polls < 3; polls++) await replica.poll();
  expect((await plant.row()).state).toBe("creating");
  expect(replica.shows()).toBe(CONFIGURED);
  const other = plant.replica();
  await plant.time.pass(LEASE_MS);
  await plant.reach("grace", other, replica);
  expect(await plant.keyCount()).toBe(2);
});

it("waits for no pause that ends in years, as the clock was ahead when it began", async () => {
  await using plant = await createRotationPlant();
  const replica = plant.replica();
  await replica.poll();
  await plant.store.change(await plant.row(), {
    ...{ requestedAt: plant.time.clock.now() + 365 * DAYS, retryAt: plant.time.clock.now() + 365 * DAYS },
  });
  await plant.reach("grace", replica);
});

it("does not wait for ever when the clock is set back by years", async () => {
  await using plant = await createRotationPlant();
  await plant.store.add("main", "unknown", 0);
  const replica = plant.replica();
  await replica.poll();
  const row = (await plant.store.all()).find(({ configuredHash }) => configuredHash !== "unknown");
  const ahead = plant.time.clock.now() + 3650 * DAYS;
  if (row) await plant.store.change(row, { inServiceSince: ahead, leaseOwner: "x", leaseUntil: ahead });
  await replica.poll();
  const [changed] = (await plant.store.all()).filter(({ configuredHash }) => configuredHash !== "unknown");
  expect(changed?.inServiceSince).toBe(plant.time.clock.now());
});

it("leaves a key alone that it cannot tell from others", async () => {
  await using plant = await createRotationPlant();
  await plant.works(CONFIGURED);
  await plant.works("sk-configured-another-0001");
  const replica = plant.replica();
  await replica.poll();
  await plant.time.pass(30 * DAYS);
  await plant.reach("grace", replica);
  await plant.time.pass(GRACE_MS);
  await plant.reach("idle", replica);
  expect(await plant.works(CONFIGURED)).toBe(true);
  expect(replica.news.at(-1)).toMatchObject({
    note: expect.stringContaining("delete it at OpenAI yourself"),
  });
});

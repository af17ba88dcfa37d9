// When the configuration is read anew, and what the log says of it.
import { hash } from "node:crypto";
import { expect, it } from "vitest";
import { createReloads } from "../../../server/compose/reloads.ts";
import type { Config } from "../../../server/config/load.ts";
import { ConfigError } from "../../../server/config/problems.ts";
import { configOf } from "../../support/configuration.ts";
import { createTestTime } from "../../support/time.ts";

const good = configOf("callers: { guests: loopback }");
const nothing = { changed: [] as string[], needsRestart: [] as string[], warnings: [] as string[] };

/** Readings that end when the test says so. */
const setUp = () => {
  const time = createTestTime();
  const lines: string[] = [];
  const readings: PromiseWithResolvers<Config>[] = [];
  const refused: (readonly string[])[] = [];
  let reloaded = nothing;
  const reloads = createReloads({
    read: () => {
      const reading = Promise.withResolvers<Config>();
      readings.push(reading);
      return reading.promise;
    },
    service: {
      config: () => good,
      useConfig: async () => reloaded,
      refuseConfig: (problems) => void refused.push(problems),
    },
    timers: time.timers,
    log: { write: (level, message) => lines.push(`${level} ${message}`) },
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {
    ...{ time, lines, readings, refused, settled },
    reload: reloads.reload,
    stop: () => reloads[Symbol.dispose](),
    find: (next: Partial<typeof nothing>) => {
      reloaded = { ...nothing, ...next };
    },
  };
};

it("reads once for all that ask while a reading is under way, and after what they have written", async () => {
  const { reload, readings, settled } = setUp();
  const first = reload("file");
  await settled();
  const later = [reload("signal"), reload("command"), reload("file")];
  await settled();
  expect(readings).toHaveLength(1);
  readings[0]?.resolve(good);
  await first;
  await settled();
  expect(readings).toHaveLength(2);
  readings[1]?.reject(new ConfigError(["port: is wrong"]));
  const outcome = { kind: "refused", problems: ["port: is wrong"] };
  expect(await Promise.all(later)).toEqual([outcome, outcome, outcome]);
});

it("tells a mistake once where files are watched, again to those who ask, and anew after it was mended", async () => {
  const { reload, readings, lines, refused } = setUp();
  const read = async (trigger: "file" | "signal", problem?: string) => {
    const outcome = reload(trigger);
    await new Promise((resolve) => setImmediate(resolve));
    if (problem) readings.at(-1)?.reject(new ConfigError([problem]));
    else readings.at(-1)?.resolve(good);
    await outcome;
    return lines.splice(0);
  };
  expect(await read("file", "a: is wrong")).toEqual(["error configuration-refused"]);
  expect(await read("file", "a: is wrong")).toEqual([]);
  expect(await read("signal", "a: is wrong")).toEqual(["error configuration-refused"]);
  expect(await read("file", "b: is wrong")).toEqual(["error configuration-refused"]);
  expect(await read("file")).toEqual(["info configuration-unchanged"]);
  expect(await read("file", "b: is wrong")).toEqual(["error configuration-refused"]);
  expect(refused).toHaveLength(5);
});

it("tells what changed, what waits for a restart, and each warning once", async () => {
  const { reload, readings, lines, find } = setUp();
  const read = async () => {
    const outcome = reload("file");
    await new Promise((resolve) => setImmediate(resolve));
    readings.at(-1)?.resolve(good);
    await outcome;
    return lines.splice(0);
  };
  find({ changed: ["limits"], needsRestart: ["settings.port"], warnings: ["w"] });
  expect(await read()).toEqual(["info configuration-reloaded", "warn restart-needed", "warn w"]);
  find({ needsRestart: ["settings.port"], warnings: ["w"] });
  expect(await read()).toEqual(["info configuration-unchanged"]);
});

it.each<[string, Partial<Config>, string]>([
  ["is gone", { file: undefined }, "broker.yaml: is gone"],
  ["is empty", { digests: { file: hash("sha256", "", "hex"), parts: {} } }, "broker.yaml: is empty"],
])("refuses a file that %s: it may be in the middle of being replaced", async (_, more, problem) => {
  const { reload, readings, settled } = setUp();
  const outcome = reload("file");
  await settled();
  readings[0]?.resolve({ ...good, ...more });
  expect(await outcome).toEqual({ kind: "refused", problems: [problem] });
});

it("gives up a reading that does not end, and reads again when it is asked", async () => {
  const { reload, readings, time, settled } = setUp();
  const outcome = reload("secret");
  await settled();
  await time.pass(120_000);
  expect(await outcome).toMatchObject({ problems: ["the configuration could not be read within 120 s"] });
  const next = reload("secret");
  await settled();
  readings[1]?.resolve(good);
  expect(await next).toMatchObject({ kind: "applied" });
  expect(time.pending()).toBe(0);
});

it("tries a changed secret again until it is in force, whatever was away when it changed", async () => {
  const { reload, readings, time, lines, settled } = setUp();
  void reload("secret");
  await settled();
  readings[0]?.reject(new Error("the database does not answer"));
  await time.pass(30_000);
  readings[1]?.reject(new Error("the database does not answer"));
  await time.pass(30_000);
  readings[2]?.resolve(good);
  await time.pass(3_600_000);
  expect(readings).toHaveLength(3);
  expect(lines).toEqual(["error configuration-refused", "info configuration-unchanged"]);
});

it("tries nothing again for those who see the answer, nor once the service stops", async () => {
  const { reload, readings, time, settled, stop } = setUp();
  for (const trigger of ["command", "signal", "secret"] as const) {
    const outcome = reload(trigger);
    await settled();
    readings.at(-1)?.reject(new ConfigError(["port: is wrong"]));
    if (trigger === "secret") stop();
    await outcome;
    await time.pass(60_000);
  }
  expect([readings.length, time.pending()]).toEqual([3, 0]);
});

// All secrets of a configuration are read at once, and a store that is down at the start is waited for.
import { expect, it } from "vitest";
import { Secret } from "../../../server/secret.ts";
import type { SecretStores } from "../../../server/secrets/kept-secrets.ts";
import type { SecretReference } from "../../../server/secrets/reference.ts";
import { createSecrets } from "../../../server/secrets/secrets.ts";
import { SecretError, type SecretStore } from "../../../server/secrets/store.ts";
import { createTestTime } from "../../support/time.ts";

const down = new SecretError("down", "cannot be read: Vault does not answer (ECONNREFUSED)");

const setUp = (changes: SecretStore["changes"] = "asked") => {
  const time = createTestTime();
  const logs: Record<string, unknown>[] = [];
  const values = new Map<string, Record<string, string> | SecretError>();
  const reads: string[] = [];
  const store: SecretStore = {
    changes,
    read: async (place) => {
      reads.push(place);
      const value = values.get(place) ?? new SecretError("refused", "is not there");
      if (value instanceof SecretError) throw value;
      return {
        text: undefined,
        fields: new Map(Object.entries(value).map(([name, text]) => [name, new Secret(text)])),
      };
    },
    [Symbol.asyncDispose]: async () => {},
  };
  const stores = { vault: store } as Partial<SecretStores> as SecretStores;
  const log = {
    write: (level: string, msg: string, fields: object) => void logs.push({ level, msg, ...fields }),
  };
  const secrets = createSecrets({ stores, refreshMs: 300_000, ...time, random: () => 0, log });
  const { signal } = new AbortController();
  return {
    ...{ time, logs, values, reads, secrets },
    read: async (texts: string[], waitMs = 60_000, signalOf = signal) => {
      const references = texts.map((text): SecretReference => {
        const [place = "", field] = text.split("#");
        return { store: "vault", place, field };
      });
      const find = await secrets.read(references, waitMs, signalOf);
      return references.map((reference) => {
        const found = find(reference);
        return found instanceof Error ? found.message : found.reveal();
      });
    },
  };
};

it("a place is read once, however many of its fields are wanted", async () => {
  const { read, values, reads } = setUp();
  values.set("kv/a", { user: "me", password: "pw" });
  expect(await read(["kv/a#user", "kv/a#password", "kv/a#user"])).toEqual(["me", "pw", "me"]);
  expect(reads).toEqual(["kv/a"]);
});

it("a field that is not there is told with those that are", async () => {
  const { read, values } = setUp();
  values.set("kv/a", { openai_key: "x" });
  expect(await read(["kv/a#openaikey", "kv/a"])).toEqual([
    "has no field openaikey; did you mean openai_key?",
    "holds several fields; name one after #",
  ]);
});

it("a store that is down at the start is waited for, and named every five seconds", async () => {
  const { read, values, time, logs } = setUp();
  values.set("kv/a", down);
  const reading = read(["kv/a#key"]);
  await time.pass(12_000);
  values.set("kv/a", { key: "up" });
  await time.pass(5000);
  expect(await reading).toEqual(["up"]);
  expect(logs.map(({ msg, secrets, seconds_left }) => [msg, secrets, seconds_left])).toEqual([
    ["waiting-for-secrets", "vault:kv/a", 60],
    ["waiting-for-secrets", "vault:kv/a", 53],
  ]);
  expect(time.pending()).toBe(1);
});

it("waiting has a limit", async () => {
  const { read, values, time, reads } = setUp();
  values.set("kv/a", down);
  values.set("kv/b", { key: "b" });
  const reading = read(["kv/a#key", "kv/b#key"]);
  await time.pass(61_000);
  expect(await reading).toEqual([down.message, "b"]);
  expect(reads.length).toBeLessThan(20);
});

it("a place that is refused ends the waiting for all: the start cannot succeed", async () => {
  const { read, values, time } = setUp();
  values.set("kv/a", down);
  const reading = read(["kv/a#key", "kv/missing#key"]);
  await time.pass(1000);
  expect(await reading).toEqual([down.message, "is not there"]);
});

it("without time to wait, each place is tried once", async () => {
  const { read, values, reads, logs } = setUp();
  values.set("kv/a", down);
  expect(await read(["kv/a#key"], 0)).toEqual([down.message]);
  expect([reads, logs]).toEqual([["kv/a"], []]);
});

it("what was read before is not waited for again: its last value stays", async () => {
  const { read, values, logs } = setUp();
  values.set("kv/a", { key: "one" });
  await read(["kv/a#key"]);
  values.set("kv/a", down);
  expect(await read(["kv/a#key"])).toEqual(["one"]);
  values.delete("kv/a");
  expect(await read(["kv/a#key"])).toEqual(["one"]);
  expect(logs.map(({ msg }) => msg)).toEqual(["secret-not-read-again", "secret-not-read-again"]);
});

it("a stop while it waits ends at once", async () => {
  const { read, values, time } = setUp();
  values.set("kv/a", down);
  const stopping = new AbortController();
  const reading = read(["kv/a#key"], 60_000, stopping.signal);
  const outcome = expect(reading).rejects.toThrow("stopped");
  await time.pass(1000);
  stopping.abort(new Error("stopped"));
  await outcome;
  expect(time.pending()).toBe(0);
});

it("a file that is just being written is read again until it stays as it is", async () => {
  const { read, values, time } = setUp("watched");
  values.set("kv/a", { key: "one" });
  await read(["kv/a#key"]);
  values.set("kv/a", { key: "tw" });
  const reading = read(["kv/a#key"]);
  await time.pass(100);
  values.set("kv/a", { key: "two" });
  await time.pass(1000);
  expect(await reading).toEqual(["two"]);
});

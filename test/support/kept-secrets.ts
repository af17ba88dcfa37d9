// Kept secrets over one store, whose values and failures a test decides.
import { Secret } from "../../server/secret.ts";
import { keepSecrets, type SecretStores } from "../../server/secrets/kept-secrets.ts";
import type { StoreName } from "../../server/secrets/reference.ts";
import { type Lease, SecretError, type SecretStore, wholeSecret } from "../../server/secrets/store.ts";
import { createTestTime } from "./time.ts";

export const keptSecrets = (changes: SecretStore["changes"], name: StoreName) => {
  const time = createTestTime();
  const logs: Record<string, unknown>[] = [];
  const values: Record<string, string | SecretError> = { a: "one", b: "one" };
  let lease: Lease | undefined;
  let [reads, hint] = [0, () => {}];
  const store: SecretStore = {
    changes,
    read: async (place) => {
      reads += 1;
      const value = values[place] ?? new SecretError("refused", "is not there");
      if (value instanceof SecretError) throw value;
      return { ...wholeSecret(new Secret(value)), lease };
    },
    watch: (_, onHint) => {
      hint = onHint;
      return { [Symbol.dispose]: () => {} };
    },
    [Symbol.asyncDispose]: async () => {},
  };
  const stores = { [name]: store } as Partial<SecretStores> as SecretStores;
  const log = {
    write: (level: string, msg: string, fields: object) => void logs.push({ level, msg, ...fields }),
  };
  const kept = keepSecrets({ stores, refreshMs: 300_000, ...time, random: () => 0, log });
  let told = 0;
  kept.onChanged(() => {
    told += 1;
  });
  const at = (place: string) => ({ store: name, place });
  return {
    ...{ kept, time, logs, values, at },
    keep: async (place: string) =>
      kept.keep(at(place), await store.read(place, new AbortController().signal)),
    value: (place: string) => kept.find(at(place))?.text?.reveal(),
    reads: () => reads,
    told: () => told,
    hint: () => hint(),
    useLease: (next: Lease) => {
      lease = next;
    },
  };
};

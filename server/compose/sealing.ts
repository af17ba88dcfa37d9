// Seals what the database keeps of rotated keys, with the keys of sealed secrets.
import type { Sealing } from "../rotation/credential.ts";
import { type ReadSealingKeys, seal, sealedSecrets } from "../secrets/sealed.jose.ts";

export const sealingWith = (readKeys: ReadSealingKeys): Sealing => {
  const store = sealedSecrets(readKeys);
  return {
    seal: async (text) => {
      const [first] = await readKeys();
      if (!first) throw new Error("is missing: set SECRETS_KEY, which `npx broker secrets key` makes");
      return seal(text, first);
    },
    open: async (sealed) => {
      const { text } = await store.read(sealed, new AbortController().signal);
      if (!text) throw new Error("is empty");
      return text;
    },
  };
};

const missing = async (): Promise<never> => {
  throw new Error("cannot be had: set SECRETS_KEY");
};

/** For a service that has no key to seal with. */
export const noSealing: Sealing = { seal: missing, open: missing };

// Content-Digest (RFC 9530): whether a body is the one that was meant.
import { createHash, timingSafeEqual } from "node:crypto";
import { parseDictionary } from "structured-headers";

const algorithms = { "sha-256": "sha256", "sha-512": "sha512" } as const;

export interface DigestCheck {
  add(bytes: Uint8Array): void;
  /** True when the field has a digest of a kind we know, and every such digest fits all that was added. */
  fits(): boolean;
}

/** Takes the body as it arrives: the digest of a large one takes too long to be made in one go. */
export const startDigestCheck = (field: string | undefined): DigestCheck => {
  const checks = digestsIn(field ?? "").map(([algorithm, digest]) => ({
    digest,
    hash: createHash(algorithms[algorithm]),
  }));
  return {
    add: (bytes) => {
      for (const { hash } of checks) hash.update(bytes);
    },
    fits: () =>
      checks.length > 0 &&
      checks.every(({ digest, hash }) => {
        const wanted = hash.digest();
        return digest.length === wanted.length && timingSafeEqual(digest, wanted);
      }),
  };
};

type Algorithm = keyof typeof algorithms;

const digestsIn = (field: string): [Algorithm, Uint8Array][] => {
  try {
    return [...parseDictionary(field)].flatMap(([name, [value]]): [Algorithm, Uint8Array][] =>
      Object.hasOwn(algorithms, name) && value instanceof ArrayBuffer
        ? [[name as Algorithm, new Uint8Array(value)]]
        : [],
    );
  } catch {
    return [];
  }
};

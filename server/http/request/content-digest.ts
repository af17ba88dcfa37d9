// Content-Digest (RFC 9530): whether a body has the digest that its sender stated.
import { createHash, timingSafeEqual } from "node:crypto";
import { parseDictionary } from "structured-headers";

const algorithms = { "sha-256": "sha256", "sha-512": "sha512" } as const;

export interface DigestCheck {
  add(bytes: Uint8Array): void;
  /** True when the field states a digest of a known algorithm, and every such digest matches the bytes that were added. */
  fits(): boolean;
}

/** Takes the body while it arrives: to hash a large one at once would delay other requests. */
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
        const actual = hash.digest();
        return digest.length === actual.length && timingSafeEqual(digest, actual);
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

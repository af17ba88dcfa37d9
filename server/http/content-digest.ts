// Content-Digest (RFC 9530): whether a body is the one that was meant.
import { hash, timingSafeEqual } from "node:crypto";
import { parseDictionary } from "structured-headers";

const algorithms = { "sha-256": "sha256", "sha-512": "sha512" } as const;

/** True when the field has a digest of a kind we know, and every such digest fits. */
export const fitsDigest = (field: string | undefined, body: Uint8Array): boolean => {
  const given = digestsIn(field ?? "");
  return (
    given.length > 0 &&
    given.every(([algorithm, digest]) => {
      const wanted = hash(algorithms[algorithm], body, "buffer");
      return digest.length === wanted.length && timingSafeEqual(digest, wanted);
    })
  );
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

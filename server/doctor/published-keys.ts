// Which signature algorithms a published key is for (RFC 7517, 7518, 8037). Pure.

/** A JSON Web Key, as far as it tells what it is for. */
export interface PublishedKey {
  readonly kty?: unknown;
  readonly crv?: unknown;
  readonly alg?: unknown;
  readonly use?: unknown;
  /** Of RSA: the modulus. */
  readonly n?: unknown;
}

/** jose takes no shorter ones. */
const MIN_RSA_CHARACTERS = Math.floor((2048 / 8) * (4 / 3));

const curves: Readonly<Record<string, string>> = {
  "P-256": "ES256",
  "P-384": "ES384",
  "P-521": "ES512",
  Ed25519: "EdDSA",
};

/** Whether one of the algorithms verifies with it. */
export const fits = (key: PublishedKey, algorithms: readonly string[]): boolean => {
  if (key.use === "enc") return false;
  if (typeof key.alg === "string" && !algorithms.includes(key.alg)) return false;
  return algorithms.some((algorithm) => isFor(key, algorithm));
};

const isFor = ({ kty, crv, n }: PublishedKey, algorithm: string): boolean => {
  if (kty === "oct") return algorithm.startsWith("HS");
  if (kty === "RSA")
    return /^[RP]S/.test(algorithm) && (typeof n !== "string" || n.length >= MIN_RSA_CHARACTERS);
  return typeof crv === "string" && curves[crv] === algorithm;
};

/** `RS256`, or what else is known of it. */
export const describeKey = ({ alg, kty, crv, n }: PublishedKey): string => {
  if (typeof n === "string" && n.length < MIN_RSA_CHARACTERS) return "RSA of less than 2048 bits";
  if (typeof alg === "string") return alg.slice(0, 20);
  if (kty === "RSA") return "RS256 and other RSA";
  return (typeof crv === "string" && curves[crv]) || String(kty).slice(0, 20);
};

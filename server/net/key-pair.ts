// A certificate and its private key, as PEM.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

export interface KeyPair {
  /** The certificate, and those of authorities between it and a known one. */
  certificate: string;
  key: string;
  /** Until when it is valid, in milliseconds since 1970. */
  expiresAt: number;
}

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";

/** Each certificate of a PEM file. Throws where there is none, or one cannot be read. */
export const certificatesIn = (text: string): string[] => {
  const found = text
    .split(BEGIN)
    .slice(1)
    .map((rest) => `${BEGIN}${rest.split(END, 1)[0]}${END}\n`);
  if (found.length === 0) throw new Error(`it holds no certificate in PEM (${BEGIN})`);
  for (const [index, pem] of found.entries()) {
    if (!canRead(() => new X509Certificate(pem)))
      throw new Error(`its certificate ${index + 1} cannot be read`);
  }
  return found;
};

/** Throws an error that says which of the two is wrong, and quotes neither. */
export const readKeyPair = (certificate: string, key: string): KeyPair => {
  const [first = ""] = named("the certificate", () => certificatesIn(certificate));
  const own = new X509Certificate(first);
  if (!own.checkPrivateKey(privateKeyOf(key))) throw new Error("the key is not that of the certificate");
  return { certificate, key, expiresAt: own.validToDate.getTime() };
};

const privateKeyOf = (text: string): KeyObject => {
  if (/-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(text))
    throw new Error(
      "the key: it is locked with a passphrase; write it without one, readable by this service only",
    );
  try {
    return createPrivateKey(text);
  } catch {
    throw new Error("the key: it holds no private key in PEM (-----BEGIN PRIVATE KEY-----)");
  }
};

const canRead = (read: () => unknown): boolean => {
  try {
    read();
    return true;
  } catch {
    return false;
  }
};

const named = <T>(what: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`);
  }
};

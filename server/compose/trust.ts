// Composes whom this process trusts, beside the authorities that Node knows.
import { ConfigError } from "../config/problems.ts";
import type { Settings } from "../config/settings.ts";
import { certificatesIn } from "../net/key-pair.ts";
import { readPemNow } from "../net/read-pem.fs.ts";
import { trustAlso } from "../net/trust.tls.ts";

type TrustSettings = Pick<Settings, "tls_ca_file">;

/** What is wrong with the file of `tls_ca_file`. */
export const findTrustProblems = (settings: TrustSettings): string[] => {
  try {
    authoritiesIn(settings);
    return [];
  } catch (error) {
    return [`TLS_CA_FILE: ${(error as Error).message}`];
  }
};

/** Trusts them in all connections of this thread from now on. Throws `ConfigError`. */
export const trustAuthorities = (settings: TrustSettings): void => {
  const problems = findTrustProblems(settings);
  if (problems.length > 0) throw new ConfigError(problems);
  trustAlso(authoritiesIn(settings));
};

/** As PEM, each by itself. Throws an error that says what is wrong with the file. */
export const authoritiesIn = ({ tls_ca_file: file }: TrustSettings): readonly string[] => {
  if (file === undefined) return [];
  const text = readPemNow(file);
  try {
    return certificatesIn(text);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
};

// Composes whom this process trusts, beside the authorities that Node knows.
import { type Environment, type ReadFile, readDocument } from "../config/document.ts";
import { interpolate } from "../config/interpolate.ts";
import { readSettings } from "../config/load.ts";
import { ConfigError } from "../config/problems.ts";
import { readIfPresent } from "../config/read-file.fs.ts";
import type { Settings } from "../config/settings.ts";
import { isJsonRecord } from "../json/record.ts";
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

/**
 * Trusts those that the environment or broker.yaml name, in all connections of this thread from now on. Secrets need not be read for
 * it: their stores may be among those who are trusted then. Throws `ConfigError`.
 */
export const trustConfigured = (env: Environment, readFile: ReadFile = readIfPresent): void => {
  const { document } = readDocument(env, readFile);
  const section = isJsonRecord(document.settings) ? document.settings : {};
  const { value } = interpolate({ settings: { tls_ca_file: section.tls_ca_file } }, env);
  const file = isJsonRecord(value) && isJsonRecord(value.settings) ? value.settings : {};
  const { values: settings } = readSettings(["tls_ca_file"], env, file, new Set());
  const problems = findTrustProblems(settings);
  if (problems.length > 0) throw new ConfigError(problems);
  if (settings.tls_ca_file !== undefined) trustAlso(authoritiesIn(settings));
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

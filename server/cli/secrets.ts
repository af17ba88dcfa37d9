// `broker secrets …`: makes the sealing key, seals secrets for broker.yaml, and says whether all secrets can be read.
import { parseArgs } from "node:util";
import type { CheckedSecret } from "../compose/secret-check.ts";
import { suggestNames } from "../names.ts";
import { newSealingKey } from "../secrets/sealing-key.ts";
import { SecretError } from "../secrets/store.ts";
import { columns } from "./columns.ts";
import { ago } from "./table.ts";
import { CommandError, type Terminal } from "./terminal.ts";

export interface SecretsPorts {
  terminal: Terminal;
  randomBytes(length: number): Buffer;
  /** Milliseconds since 1970. */
  now(): number;
  check(): Promise<readonly CheckedSecret[]>;
  seal(secret: string, keyFile: string | undefined): Promise<string>;
}

const DEFAULT_KEY_FILE = "secrets.key";
const subjects = ["key", "seal", "check"];

/** Resolves to the exit code: 1 where a secret cannot be read. Throws a `CommandError` for what was not understood, or cannot be done. */
export const onSecrets = async (
  [subject, ...words]: readonly string[],
  ports: SecretsPorts,
): Promise<0 | 1> => {
  switch (subject) {
    case "key":
      return makeKey(words, ports);
    case "seal":
      return sealSecret(words, ports);
    case "check":
      return checkSecrets(words, ports);
    case undefined:
      throw misused(`say what to do with secrets: ${subjects.join(", ")}`);
    default:
      throw misused(`there is no command secrets ${subject}${suggestNames(subject, subjects)}`);
  }
};

const makeKey = async (words: readonly string[], { terminal, randomBytes }: SecretsPorts): Promise<0> => {
  const [file = DEFAULT_KEY_FILE, more] = parse(words, {}).positionals;
  if (more !== undefined) throw misused(`one FILE is enough, ${more} is one too many`);
  if (!(await terminal.writeNew(file, `${newSealingKey(randomBytes)}\n`, "owner"))) {
    throw new CommandError(
      `${file} exists, and stays as it is: without it, nothing that it sealed can be opened`,
    );
  }
  terminal.print(
    `${file} holds a new key, which only you can read. Keep a copy in a safe place, and never beside broker.yaml in version control.
The service finds it by \`secrets: { key_file: ${file} }\` in broker.yaml, or as SECRETS_KEY in the environment.`,
  );
  return 0;
};

const sealSecret = async (words: readonly string[], ports: SecretsPorts): Promise<0> => {
  const { values, positionals } = parse(words, { "key-file": { type: "string" } });
  if (positionals.length > 0) {
    throw misused(
      "seal takes the secret from standard input: other users of the machine, and the shell's history, see words",
    );
  }
  const secret = (await ports.terminal.readSecret("Secret (it is not shown): ")).replace(/\r?\n$/, "");
  if (secret === "") throw new CommandError("there is no secret to seal: standard input was empty");
  try {
    ports.terminal.print(await ports.seal(secret, values["key-file"]));
    return 0;
  } catch (error) {
    if (error instanceof SecretError)
      throw new CommandError(`the secret ${error.message.replace("opened", "sealed")}`);
    throw error;
  }
};

const checkSecrets = async (
  words: readonly string[],
  { terminal, now, check }: SecretsPorts,
): Promise<0 | 1> => {
  const { values, positionals } = parse(words, { json: { type: "boolean" } });
  if (positionals.length > 0) throw misused("secrets check takes no words");
  const secrets = await check();
  const failed = secrets.filter(({ problem }) => problem !== undefined);
  if (values.json) {
    const found = secrets.map(({ at, store, secret, problem = null, changedAt }) => ({
      ...{ at, store, secret, ok: problem === null, problem },
      changed_at: changedAt === undefined ? null : new Date(changedAt).toISOString(),
    }));
    terminal.print(JSON.stringify({ ok: failed.length === 0, secrets: found }));
  } else terminal.print(table(secrets, now()));
  return failed.length === 0 ? 0 : 1;
};

const table = (secrets: readonly CheckedSecret[], now: number): string => {
  if (secrets.length === 0) return "No secret of the configuration is a reference to a store.";
  const rows = secrets.map(({ at, secret, problem, changedAt }) => [
    at,
    secret,
    problem === undefined ? "read" : "NOT READ",
    changedAt === undefined ? "" : ago(now - changedAt),
  ]);
  const problems = secrets.flatMap(({ at, secret, problem }) =>
    problem === undefined ? [] : [`${at}: ${secret} ${problem}`],
  );
  const lines = columns([["WHERE", "SECRET", "STATE", "CHANGED"], ...rows]);
  return [...lines, ...(problems.length > 0 ? ["", ...problems] : [])].join("\n");
};

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>["options"]>;

const parse = <Named extends Options>(words: readonly string[], options: Named) => {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    throw misused(error instanceof Error ? (error.message.split(". ", 1)[0] ?? "") : "");
  }
};

const misused = (message: string): CommandError => new CommandError(`${message} (see broker --help)`, 2);

// broker.yaml as a plain document, before anything in it is understood.
import { hash } from "node:crypto";
import { type Document, parseDocument } from "yaml";
import { isJsonRecord } from "../json/record.ts";
import { ConfigError } from "./problems.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The file's text, or undefined where there is no such file. */
export type ReadFile = (path: string) => string | undefined;

/** The parsed file, its references unresolved. `path` is undefined where there is no file. */
export const readDocument = (
  env: Environment,
  readFile: ReadFile,
): { path: string | undefined; document: Record<string, unknown>; digest: string | undefined } => {
  const path = env.BROKER_CONFIG ?? "broker.yaml";
  if (path === "") {
    throw new ConfigError(["BROKER_CONFIG: is empty; name a file, or unset it, and ./broker.yaml is read"]);
  }
  const text = readFile(path);
  if (text === undefined && env.BROKER_CONFIG !== undefined) {
    throw new ConfigError([`BROKER_CONFIG: there is no file ${path}`]);
  }
  const document = withoutEmpty(parseYaml(path, text ?? ""), 2);
  const found = text === undefined ? undefined : { path, digest: hash("sha256", text, "hex") };
  return { path: found?.path, document: isJsonRecord(document) ? document : {}, digest: found?.digest };
};

const parseYaml = (path: string, text: string): Record<string, unknown> => {
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new ConfigError(document.errors.map(({ message }) => `${path}: ${withoutAlias(message)}`));
  }
  const value = plainValue(document, path) ?? {};
  if (!isJsonRecord(value)) throw new ConfigError([`${path}: must be headings with settings under them`]);
  return value;
};

const plainValue = (document: Document, path: string): unknown => {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // An alias without its anchor, or too many aliases, is found only now.
    throw new ConfigError([
      `${path}: ${error instanceof Error ? withoutAlias(error.message) : "cannot be read"}`,
    ]);
  }
};

// The first line says what is wrong, and where. The name of an alias may be a secret that begins with `*` and was not quoted.
const withoutAlias = (message: string): string =>
  message.startsWith("Unresolved alias")
    ? "has an alias without its anchor; a text that begins with * must be quoted"
    : (message.split("\n", 1)[0] ?? "");

/** A heading whose entries are all commented out is null: it counts as absent. Deeper down null is a value. */
export const withoutEmpty = (node: unknown, depth: number): unknown => {
  if (depth === 0 || !isJsonRecord(node)) return node;
  const present = Object.entries(node).filter(([, value]) => value !== null);
  return Object.fromEntries(present.map(([name, value]) => [name, withoutEmpty(value, depth - 1)]));
};

// A configuration source over a folder of its own, and what it reads.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type ConfigurationOptions, openConfiguration } from "../../server/compose/configuration.ts";
import { ConfigError } from "../../server/config/problems.ts";
import { Secret } from "../../server/secret.ts";

/** Use with `await using`. */
export const configurationIn = (
  files: Record<string, string>,
  env: Record<string, string> = {},
  options: Partial<ConfigurationOptions> = {},
) => {
  const folder = mkdtempSync(join(tmpdir(), "broker-configuration-"));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  for (const [name, text] of Object.entries(files)) write(name, text);
  const logs: Record<string, unknown>[] = [];
  const source = openConfiguration({
    env: { BROKER_CONFIG: join(folder, "broker.yaml"), ...env },
    log: { write: (level, msg, fields) => void logs.push({ level, msg, ...fields }) },
    ...options,
  });
  const read = () => source.read(new AbortController().signal);
  const problems = async (): Promise<readonly string[]> => {
    const error = await read().then(
      () => expect.fail("it has no mistakes"),
      (thrown: unknown) => thrown,
    );
    return error instanceof ConfigError ? error.problems : expect.fail(String(error));
  };
  return {
    folder,
    write,
    logs,
    source,
    read,
    problems,
    [Symbol.asyncDispose]: async () => {
      await source[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
};

/** With every secret shown. */
export const shown = (value: unknown): unknown => {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shown(part)]));
};

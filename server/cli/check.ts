// `broker check`: whether the service would start with this configuration, without starting anything.
import { checkConfiguration } from "../compose/check.ts";
import type { Environment, ReadFile } from "../config/load.ts";
import type { Terminal } from "./terminal.ts";

/** Prints mistakes and warnings. Resolves to the exit code: 1 where there are mistakes. */
export const check = async (
  env: Environment,
  { json, secrets }: { json: boolean; secrets: boolean },
  terminal: Terminal,
  readFile: ReadFile,
): Promise<0 | 1> => {
  const how = secrets ? "read" : "form";
  const { file, problems, warnings, references } = await checkConfiguration(env, how, readFile);
  const name = file === "-" ? "standard input" : (file ?? "the configuration");
  const isRight = problems.length === 0;
  if (json) {
    terminal.print(
      JSON.stringify({ ok: isRight, file: file ?? null, problems, warnings, secrets: references }),
    );
    return isRight ? 0 : 1;
  }
  for (const warning of warnings) terminal.complain(`Warning: ${warning}`);
  if (isRight) {
    terminal.print(`${name} is right: the service would start with it.`);
    if (references.length > 0 && !secrets) terminal.print(unread(references));
  } else {
    const count = problems.length === 1 ? "a mistake" : `${problems.length} mistakes`;
    terminal.complain([`${name} has ${count}:`, ...problems.map((problem) => `  - ${problem}`)].join("\n"));
  }
  return isRight ? 0 : 1;
};

const unread = (references: readonly { at: string; secret: string }[]): string =>
  [
    "These secrets were not read, only how they are written was checked; --secrets reads them, too:",
    ...references.map(({ at, secret }) => `  ${at}: ${secret}`),
  ].join("\n");

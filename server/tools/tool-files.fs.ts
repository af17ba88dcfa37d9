// Loads tools from a folder: each file exports one as its default.
import { readdir, realpath } from "node:fs/promises";
import { registerHooks } from "node:module";
import { dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { isJsonRecord } from "../json/record.ts";
import type { Tool } from "./tool.ts";

export interface ToolFiles {
  tools: readonly Tool[];
  /** What is wrong with the folder or its files, each with the file's name. */
  problems: readonly string[];
}

/** Declarations and tests stand beside the files that they belong to. */
const isToolFile = (name: string): boolean =>
  /\.m?[jt]s$/.test(name) && !/^\.|\.(?:d|test|spec)\.m?[jt]s$/.test(name);

/** How long a file may take to load: one whose top-level `await` never ends would keep the service from starting, and say nothing. */
const LOAD_MS = 10_000;

/** All tools of a folder, by file name; subfolders are not read. Their files are imported, and so run, each within `withinMs`. */
export const loadToolFiles = async (folder: string, withinMs = LOAD_MS): Promise<ToolFiles> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => error);
  if (entries instanceof Error)
    return { tools: [], problems: [`${folder} cannot be read: ${entries.message}`] };
  const names = entries
    .filter((entry) => !entry.isDirectory() && isToolFile(entry.name))
    .map(({ name }) => name)
    .toSorted();
  // A mounted volume may hold links, and a module's own address is that of the file itself.
  const paths = await Promise.all(names.map((name) => ownPath(join(folder, name))));
  const restore = resolveForTools(new Set(paths.map((path) => `${pathToFileURL(dirname(path)).href}/`)));
  try {
    return withoutRepeated(
      await Promise.all(paths.map((path, index) => loadFile(path, names[index] ?? path, withinMs))),
    );
  } finally {
    restore();
  }
};

// Of a link to nothing, the loading tells what is wrong.
const ownPath = (path: string): Promise<string> => realpath(path).catch(() => path);

type Loaded = { file: string; tool: Tool } | { file: string; problem: string };

const loadFile = async (path: string, file: string, withinMs: number): Promise<Loaded> => {
  const late = Promise.withResolvers<never>();
  // It keeps the process running: with nothing else to do, Node would end it without a word.
  const timer = setTimeout(() => late.reject(new Error(`it took more than ${withinMs / 1000} s`)), withinMs);
  try {
    const module: { default?: unknown } = await Promise.race([
      import(pathToFileURL(path).href),
      late.promise,
    ]);
    return isTool(module.default)
      ? { file, tool: module.default }
      : { file, problem: "must have a default export made by defineTool()" };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { file, problem: `cannot be loaded: ${message.split("\n", 1)[0]}` };
  } finally {
    clearTimeout(timer);
  }
};

const isTool = (value: unknown): value is Tool =>
  isJsonRecord(value) &&
  typeof value.accept === "function" &&
  typeof value.name === "string" &&
  typeof value.description === "string" &&
  typeof value.timeoutMs === "number" &&
  typeof value.maxAnswerBytes === "number" &&
  isJsonRecord(value.parameters);

const withoutRepeated = (all: readonly Loaded[]): ToolFiles => {
  const files = new Map<string, string>();
  const tools: Tool[] = [];
  const problems: string[] = [];
  for (const loaded of all) {
    if ("problem" in loaded) {
      problems.push(`${loaded.file} ${loaded.problem}`);
      continue;
    }
    const { file, tool } = loaded;
    const other = files.get(tool.name);
    if (other !== undefined) problems.push(`${file} has a tool called ${tool.name}, as ${other} has`);
    else tools.push(tool);
    files.set(tool.name, other ?? file);
  }
  return { tools, problems };
};

/**
 * While the files are loaded: `realtime-key-broker` is this very service, so that a tool's failures are its own, and `zod` is
 * found also where the folder has no packages. Returns how to end it.
 */
const resolveForTools = (folders: ReadonlySet<string>): (() => void) => {
  const own = new URL(`./define${extname(import.meta.url)}`, import.meta.url).href;
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const isOfTool = [...folders].some((folder) => context.parentURL?.startsWith(folder));
      if (!isOfTool) return next(specifier, context);
      if (specifier === "realtime-key-broker") return { url: own, shortCircuit: true };
      try {
        return next(specifier, context);
      } catch (error) {
        if (specifier !== "zod") throw error;
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
  return () => hooks.deregister();
};

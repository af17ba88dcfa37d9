// The project's source, for the tests that keep its rules.
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";

export const root = new URL("../../", import.meta.url).pathname;

export interface SourceFile {
  /** From the project's root, such as `server/http/middleware/cors.ts`. */
  path: string;
  text: string;
  imports: Import[];
}

export interface Import {
  /** A path from the project's root, or a package's name. */
  from: string;
  /** Whether the whole statement is `import type`, so that nothing of it exists when the program runs. */
  typeOnly: boolean;
}

/**
 * All files of some folders with some extensions, as paths from the project's root. `.` is the root itself, without what is
 * below it.
 */
export const filesIn = (folders: readonly string[], extensions: readonly string[]): string[] =>
  globSync(
    folders.flatMap((folder) =>
      extensions.map((extension) => (folder === "." ? `*.${extension}` : `${folder}/**/*.${extension}`)),
    ),
    { cwd: root },
  )
    .filter((path) => !path.includes("node_modules"))
    .sort();

export const readSource = (path: string): string => readFileSync(join(root, path), "utf8");

/** Every TypeScript file below some folders. */
export const sourceOf = (...folders: string[]): SourceFile[] =>
  filesIn(folders, ["ts"]).map((path) => {
    const text = readSource(path);
    return { path, text, imports: importsOf(path, text) };
  });

// The formatter has one way to write them, so patterns are enough.
const STATIC = /^(?:import|export) (type )?(?:[\w*$]+|[\w*$ ,]*\{[^}]*\}|\* as \w+)? ?(?:from )?"([^"]+)";/gm;
const DYNAMIC = /\bimport\("([^"]+)"\)/g;

const importsOf = (path: string, text: string): Import[] => [
  ...[...text.matchAll(STATIC)].map(([, type, from = ""]) => ({
    from: resolved(path, from),
    typeOnly: type !== undefined,
  })),
  ...[...text.matchAll(DYNAMIC)].map(([, from = ""]) => ({ from: resolved(path, from), typeOnly: false })),
];

const resolved = (path: string, from: string): string =>
  from.startsWith(".") ? join(dirname(path), from) : from;

/** `server/http/middleware/cors.ts` → `http`; files right in `server/` are in the module ``. */
export const moduleOf = (path: string): string => {
  const parts = path.split("/");
  return parts.length > 2 ? (parts[1] ?? "") : "";
};

// Files that others on this machine should neither read nor change. Pure.
import { about } from "./about.ts";
import type { Check, Finding } from "./finding.ts";

export interface WatchedFile {
  path: string;
  /** What it is, such as `the private key of the listener`. */
  what: string;
  /** Whether it holds what others must not read. */
  isSecret: boolean;
}

export interface FileFacts {
  /** The permission bits. */
  mode: number;
  isFolder: boolean;
  /** Whether it is in memory, as Kubernetes and Docker mount secrets: then its reader is the container alone. */
  isInMemory: boolean;
}

export interface FilePorts {
  files: readonly WatchedFile[];
  /** Undefined where there is no such file. */
  look(path: string): Promise<FileFacts | undefined>;
}

export const filesCheck = ({ files, look }: FilePorts): Check => ({
  ...{ id: "files", title: "File modes" },
  run: async () => {
    const looked = await Promise.all(files.map(async (file) => ({ file, facts: await look(file.path) })));
    const there = looked.flatMap(({ file, facts }) => (facts ? [{ file, facts }] : []));
    const found = there.flatMap(({ file, facts }) => judge(file, facts));
    if (found.length > 0) return found;
    if (there.length === 0) return [about("").ok("files", "there is no file yet that others could read")];
    const count = there.length === 1 ? "1 file" : `${there.length} files`;
    return [about(count).ok("files", "cannot be read or changed by others")];
  },
});

const judge = (
  { path, what, isSecret }: WatchedFile,
  { mode, isFolder, isInMemory }: FileFacts,
): Finding[] => {
  const on = about(path);
  const octal = (mode & 0o777).toString(8).padStart(3, "0");
  if (mode & 0o002) {
    return [
      on.fault(
        "files.writable",
        `can be changed by everyone on this machine (mode ${octal})`,
        `It is ${what}.`,
        `chmod o-w ${path}`,
      ),
    ];
  }
  if (!isSecret || isInMemory || !(mode & 0o004)) return [];
  return [
    on.warning(
      "files.readable",
      `can be read by everyone on this machine (mode ${octal})`,
      `It is ${what}.`,
      `chmod ${isFolder ? 700 : 600} ${path}, and make the service's user its owner.`,
    ),
  ];
};

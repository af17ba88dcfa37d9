// Secrets in files, such as those that Docker and Kubernetes mount.
import { constants, type FSWatcher, watch } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Secret } from "../secret.ts";
import { SecretError, type SecretStore, wholeSecret } from "./store.ts";

const MAX_BYTES = 65_536;

/** Reads whole files, without the line break at the end. Relative paths begin at `folder`. */
export const fileSecrets = (folder: string): SecretStore => ({
  changes: "watched",
  read: async (place) => {
    const { text, changedAt } = await readSecretFile(resolve(folder, place));
    return { ...wholeSecret(new Secret(text)), changedAt };
  },
  watch: (place, onHint) => watchFolder(dirname(resolve(folder, place)), onHint),
  [Symbol.asyncDispose]: async () => {},
});

export interface SecretFile {
  text: string;
  /** Milliseconds since 1970. */
  changedAt: number;
}

/** Reads a small file, which only its owner may read where it must be private. Rejects with a `SecretError`. */
export const readSecretFile = async (path: string, { isPrivate = false } = {}): Promise<SecretFile> => {
  try {
    // Without it, opening a pipe would wait for its writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) throw new SecretError("refused", `is no file: ${path} is ${kindOf(stats)}`);
    if (isPrivate) checkMode(path, stats.mode & 0o777);
    return { text: textOf(await readAll(file)), changedAt: stats.mtimeMs };
  } catch (error) {
    throw error instanceof SecretError ? error : unreadable(path, error);
  }
};

// Windows has no modes.
const checkMode = (path: string, mode: number): void => {
  if (process.platform === "win32" || (mode & 0o077) === 0) return;
  throw new SecretError(
    "refused",
    `may be read by others (mode ${mode.toString(8)}); run: chmod 600 ${path}`,
  );
};

// One byte more than allowed tells a file that is too large, whatever its size claims to be.
const readAll = async (file: FileHandle): Promise<Buffer> => {
  const buffer = Buffer.alloc(MAX_BYTES + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    length += bytesRead;
    if (bytesRead === 0 || length === buffer.length) return buffer.subarray(0, length);
  }
};

const textOf = (bytes: Buffer): string => {
  if (bytes.length > MAX_BYTES) throw new SecretError("refused", `is larger than ${MAX_BYTES} bytes`);
  const text = decode(bytes).replace(/\r?\n$/, "");
  if (text === "") throw new SecretError("refused", "is empty; write the secret into it");
  if (text.includes("\0")) throw new SecretError("refused", "is no text; save it as UTF-8");
  return text;
};

const decode = (bytes: Buffer): string => {
  try {
    // It takes the mark away with which some editors begin a file.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SecretError("refused", "is no text; save it as UTF-8", { cause });
  }
};

const kindOf = (stats: { isDirectory(): boolean; isFIFO(): boolean }): string =>
  stats.isDirectory() ? "a folder" : stats.isFIFO() ? "a pipe" : "a device";

const unreadable = (path: string, cause: unknown): SecretError => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: `cannot be read: there is no file ${path}`,
    ENOTDIR: `cannot be read: there is no file ${path}`,
    EACCES: `cannot be read: the service's user may not read ${path}; change its owner or mode`,
    EPERM: `cannot be read: the service's user may not read ${path}; change its owner or mode`,
    ELOOP: `cannot be read: ${path} is a link to itself`,
    ENXIO: `is no file: ${path} is a socket`,
  };
  return new SecretError("refused", reasons[code] ?? `cannot be read: ${path} gave ${code}`, { cause });
};

/**
 * A folder, since what is mounted is replaced by renaming: Kubernetes swaps a link beside the file. A hint only: the caller
 * also looks from time to time, for folders that cannot be watched, such as those on a network.
 */
const watchFolder = (folder: string, onHint: () => void): Disposable => {
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(folder, { persistent: false }, onHint);
    // The folder was removed, or the system's watches are used up.
    watcher.on("error", () => watcher?.close());
  } catch {}
  return { [Symbol.dispose]: () => watcher?.close() };
};

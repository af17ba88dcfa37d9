// The subject token in a file that the platform keeps fresh, such as Kubernetes' projected service account token.
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { IdentityError } from "./identity-error.ts";
import { MAX_SUBJECT_BYTES, type SubjectTokens, subjectTokenOf } from "./subject-token.ts";

/** Read anew each time: the platform replaces the file, or a link to it. */
export const tokenFile = (path: string): SubjectTokens => ({
  read: async () => subjectTokenOf(await readSmall(path), "jwt", path),
});

const readSmall = async (path: string): Promise<string> => {
  try {
    // Without it, opening a pipe would wait for its writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) throw new IdentityError("refused", `${path} is no file`);
    return await readStart(file);
  } catch (error) {
    throw error instanceof IdentityError ? error : unreadable(path, error);
  }
};

// One byte more than allowed tells a file that is too large, whatever its size claims to be.
const readStart = async (file: FileHandle): Promise<string> => {
  const buffer = Buffer.alloc(MAX_SUBJECT_BYTES + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    length += bytesRead;
    if (bytesRead === 0 || length === buffer.length) return buffer.toString("latin1", 0, length);
  }
};

const unreadable = (path: string, cause: unknown): IdentityError => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "an unknown error";
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: `there is no file ${path}; mount the token there`,
    ENOTDIR: `there is no file ${path}; mount the token there`,
    EACCES: `the service's user may not read ${path}; set fsGroup, or the file's owner`,
    EPERM: `the service's user may not read ${path}; set fsGroup, or the file's owner`,
    ELOOP: `${path} is a link to itself`,
    ENXIO: `${path} is no file`,
  };
  return new IdentityError("refused", reasons[code] ?? `${path} cannot be read: ${code}`, { cause });
};

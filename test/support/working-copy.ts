// A copy of the sources that a test may change.
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("../../", import.meta.url).pathname;

export interface WorkingCopy extends AsyncDisposable {
  /** The folder, which ends with a slash. */
  root: string;
}

/** Copies files and folders of the project, and borrows its installed packages. Use with `await using`. */
export const createWorkingCopy = async (paths: readonly string[]): Promise<WorkingCopy> => {
  const folder = await mkdtemp(join(tmpdir(), "broker-copy-"));
  for (const path of paths) await cp(join(root, path), join(folder, path), { recursive: true });
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  return {
    root: `${folder}/`,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};

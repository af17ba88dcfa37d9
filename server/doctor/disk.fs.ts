// Looks at a folder's disk, and tries whether files can be made there.
import { constants } from "node:fs";
import { access, mkdtemp, rmdir, stat, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { DiskFacts } from "./disk.ts";

/** NFS, SMB, CIFS, 9P, AFS, Ceph, FUSE: where locks and memory maps are not what SQLite needs. */
const NETWORK = new Set([0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x01021997, 0x5346414f, 0x00c36400]);

/** `folder` need not exist. Leaves nothing behind. */
export const lookAtDisk = async (folder: string): Promise<DiskFacts> => {
  const there = await nearest(resolve(folder));
  const { bavail, blocks, bsize, type } = await statfs(there);
  return {
    ...{ freeBytes: bavail * bsize, totalBytes: blocks * bsize },
    isOnNetwork: NETWORK.has(type),
    isWritable: await canWrite(there),
  };
};

const nearest = async (path: string): Promise<string> => {
  const found = await stat(path).catch(() => undefined);
  // A file in a folder's place is what it is.
  return found || dirname(path) === path ? path : nearest(dirname(path));
};

// Permissions alone do not tell: a file system may be mounted read-only, and root may do what modes forbid.
const canWrite = async (folder: string): Promise<boolean> => {
  try {
    await access(folder, constants.W_OK);
    await rmdir(await mkdtemp(join(folder, ".doctor-")));
    return true;
  } catch {
    return false;
  }
};

// How much the Redis and the Postgres that replicas share can take: the service's own commands at rising rates, without HTTP in front.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lengths } from "./lengths.ts";
import { startPostgres } from "./postgres.ts";
import { print } from "./print.ts";
import { startRedis } from "./redis.ts";
import { measureSharedPostgres } from "./shared-postgres.ts";
import { measureSharedRedis } from "./shared-redis.ts";

/** Measures and prints this section. */
export const measureShared = async (lengths: Lengths): Promise<void> => {
  const redis = await startRedis();
  if (redis) {
    try {
      await measureSharedRedis(redis, lengths);
    } finally {
      redis.stop();
    }
  } else print("Redis was not measured: there is no redis-server on the path.");
  const parent = mkdtempSync(join(tmpdir(), "bench-shared-"));
  // Postgres' own account has to reach its folder.
  const folder = `${parent}-postgres`;
  const postgres = await startPostgres(folder, "on");
  try {
    if (postgres) await measureSharedPostgres(postgres, lengths);
    else print("Postgres was not measured: there is none on this machine.");
  } finally {
    await postgres?.stop();
    for (const each of [parent, folder]) rmSync(each, { recursive: true, force: true });
  }
};

// Before the tests in Node: the programs that several of them need are installed, one after the other, and one Postgres and one Redis Cluster run for all.
import type { TestProject } from "vitest/node";
import { installed } from "./debian.ts";
import { startPostgres } from "./postgres.ts";
import { startRedisCluster } from "./redis-cluster.ts";

declare module "vitest" {
  export interface ProvidedContext {
    postgresUrl: string;
    redisClusterUrl: string;
  }
}

const programs = [
  ["/usr/bin/redis-server", "redis-server"],
  ["/usr/sbin/pgbouncer", "pgbouncer"],
  ["/usr/sbin/nginx", "nginx-light"],
  ["/usr/bin/curl", "curl"],
  ["/usr/bin/caddy", "caddy"],
  ["/usr/bin/docker-compose", "docker-compose"],
  ["/usr/bin/sqlite3", "sqlite3"],
] as const;

/** Vitest's global set-up for the project "node". */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  for (const [pattern, debianPackage] of programs) await installed(pattern, debianPackage);
  const [postgres, cluster] = await Promise.all([startPostgres(), startRedisCluster()]);
  project.provide("postgresUrl", postgres.url);
  project.provide("redisClusterUrl", cluster.url);
  return async () => {
    await Promise.all([postgres.stop(), cluster[Symbol.asyncDispose]()]);
  };
};

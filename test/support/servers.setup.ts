// Before the tests in Node: the programs that several of them need are installed, one after the other, and one Postgres runs for all.
import type { TestProject } from "vitest/node";
import { installed } from "./debian.ts";
import { startPostgres } from "./postgres.ts";

declare module "vitest" {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

const programs = [
  ["/usr/bin/redis-server", "redis-server"],
  ["/usr/sbin/nginx", "nginx-light"],
  ["/usr/bin/curl", "curl"],
  ["/usr/bin/caddy", "caddy"],
  ["/usr/bin/docker-compose", "docker-compose"],
  ["/usr/bin/sqlite3", "sqlite3"],
] as const;

/** Vitest's global set-up for the project "node". */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  for (const [pattern, debianPackage] of programs) await installed(pattern, debianPackage);
  const postgres = await startPostgres();
  project.provide("postgresUrl", postgres.url);
  return postgres.stop;
};

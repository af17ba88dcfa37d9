// Before the tests in Node: Redis, Postgres, nginx and curl are installed, and one Postgres runs for all of them.
import type { TestProject } from "vitest/node";
import { installed } from "./debian.ts";
import { startPostgres } from "./postgres.ts";

declare module "vitest" {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

/** Vitest's global set-up for the project "node". */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  await installed("/usr/bin/redis-server", "redis-server");
  await installed("/usr/sbin/nginx", "nginx-light");
  await installed("/usr/bin/curl", "curl");
  const postgres = await startPostgres();
  project.provide("postgresUrl", postgres.url);
  return postgres.stop;
};

// The tests that mutation tests run: units and contracts, without browsers, processes of the service, and Postgres.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: process.env.MUTATION_TESTS?.split(" ") ?? [],
    // A test that hangs fails, before Stryker takes the worker for hanging and starts another.
    testTimeout: 2500,
    // A mutant that hangs is killed together with its worker, and a Postgres for each worker would be left behind.
    alias: [
      {
        find: /^.*\/support\/databases\.ts$/,
        replacement: fileURLToPath(new URL("databases.ts", import.meta.url)),
      },
    ],
  },
});

import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.ts";
import { SecondTries } from "./test/support/second-tries.ts";

// Three projects: what runs in Node alone, what drives real browsers (afterwards: audio timing suffers beside tests that
// take all processors), and what takes minutes, which `npm run soak` runs and `npm test` does not.
export default defineConfig({
  test: {
    reporters: ["default", new SecondTries(), ["json", { outputFile: "test-output/results.json" }]],
    // The identity provider of the tests says at length that it is not set up for production.
    onConsoleLog: (text) => !text.includes("oidc-provider"),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "node",
          include: ["test/{rules,contracts,unit,flows,emulator,client,web-demo,web-admin}/**/*.test.ts"],
          globalSetup: ["test/support/servers.setup.ts"],
          // A last bound: a loaded machine is ten times slower, and a test of a process starts several, one after the other.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 20_000 } },
          // Modules hold no state ("nothing lives at import time"): files may share them, and load them once.
          isolate: false,
          restoreMocks: true,
          unstubEnvs: true,
          // Servers are killed and connections cut here, beside three other files: a test whose moment was missed is tried once more, and
          // named at the end.
          retry: 1,
          // Most files wait for sockets and processes most of the time.
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/support/browser.setup.ts"],
          // As above: each file would else load the service and Playwright anew.
          isolate: false,
          // Two pages at once: beside more, those that listen and speak run out of time.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          // As above: a microphone may be heard late.
          retry: 1,
          // What a page shows may come late where two browsers share the processors.
          expect: { poll: { timeout: 30_000 } },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "soak",
          include: ["test/soak/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});

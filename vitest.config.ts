import { defineConfig } from "vitest/config";

// Three projects: what runs in Node alone, what drives real browsers (one file at a time: audio timing suffers when
// several browsers share two cores), and what takes minutes, which `npm run soak` runs and `npm test` does not.
export default defineConfig({
  test: {
    reporters: ["default", ["json", { outputFile: "test-output/results.json" }]],
    // The identity provider of the tests says at length that it is not set up for production.
    onConsoleLog: (text) => !text.includes("oidc-provider"),
    projects: [
      {
        test: {
          name: "node",
          include: ["test/{rules,contracts,unit,flows,emulator,client,web-demo}/**/*.test.ts"],
          globalSetup: ["test/support/servers.setup.ts"],
          testTimeout: 15_000,
          // Most files wait for sockets and processes most of the time.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/support/browsers.setup.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
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

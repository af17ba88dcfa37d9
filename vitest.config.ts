import { defineConfig } from "vitest/config";

// Two projects: what runs in Node alone, and what drives a real Chromium (one file at a time: audio
// timing suffers when several browsers share two cores).
export default defineConfig({
  test: {
    reporters: ["default", ["json", { outputFile: "test-output/results.json" }]],
    // The identity provider of the tests says at length that it is not set up for production.
    onConsoleLog: (text) => !text.includes("oidc-provider"),
    projects: [
      {
        test: {
          name: "node",
          include: ["test/{laws,contracts,rooms,flows,emulator,client}/**/*.test.ts"],
          globalSetup: ["test/support/servers.setup.ts"],
          testTimeout: 15_000,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/support/chromium.setup.ts"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});

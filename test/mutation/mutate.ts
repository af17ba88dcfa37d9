// Mutation tests: breaks the modules in many small ways and says which of them no test notices.
import { Stryker } from "@stryker-mutator/core";

/** Folders or files below server/, such as `limits` or `limits/limiter.ts`. */
const chosen = process.argv.slice(2);
const subjects = chosen.length > 0 ? chosen : ["auth", "limits", "relay/policy", "upstream"];

await new Stryker({
  mutate: subjects.map((path) => `server/${path}${path.endsWith(".ts") ? "" : "/**/*.ts"}`),
  testRunner: "vitest",
  vitest: { configFile: "test/mutation/vitest.config.ts" },
  plugins: ["@stryker-mutator/vitest-runner", "./test/mutation/ignore-descriptions.ts"],
  ignorers: ["descriptions"],
  coverageAnalysis: "perTest",
  // The copy needs what the tests read, and nothing that was built.
  ignorePatterns: ["bench", "dist", "data", "web-demo", "deploy"],
  tempDirName: "test-output/stryker",
  reporters: ["clear-text", "html"],
  htmlReporter: { fileName: "test-output/mutation.html" },
  clearTextReporter: { logTests: false, allowColor: process.stdout.isTTY === true },
  concurrency: 2,
  timeoutMS: 3000,
}).runMutationTest();

// Mutation tests: breaks the modules in many small ways and says which of them no test notices.
import { existsSync } from "node:fs";
import { Stryker } from "@stryker-mutator/core";

/** By module. */
const contracts: Record<string, readonly string[]> = {
  auth: ["authenticator", "nonces", "users"],
  limits: ["counter"],
};

/** Folders or files below server/, such as `limits` or `limits/limiter.ts`. */
const chosen = process.argv.slice(2);
const subjects = chosen.length > 0 ? chosen : ["auth", "limits", "relay/policy", "upstream"];

const sourcesOf = (path: string): string => (path.endsWith(".ts") ? path : `${path}/**/*.ts`);

// Unit tests mirror the source; contract tests are those of adapters.
const testsOf = (path: string): string[] => {
  const [module = ""] = path.split("/");
  const mirrored = `test/unit/${path.replace(/\.ts$/, ".test.ts")}`;
  if (path.endsWith(".ts") && existsSync(mirrored)) return [mirrored];
  const ofContracts = (contracts[module] ?? []).map((name) => `test/contracts/${name}.test.ts`);
  return path.endsWith(".ts") ? ofContracts : [`test/unit/${path}/**/*.test.ts`, ...ofContracts];
};

// Stryker's workers read vitest.config.ts in processes of their own, and inherit this.
process.env.MUTATION_TESTS = subjects.flatMap(testsOf).join(" ");

await new Stryker({
  mutate: subjects.map((path) => `server/${sourcesOf(path)}`),
  testRunner: "vitest",
  vitest: { configFile: "test/mutation/vitest.config.ts", related: false },
  plugins: ["@stryker-mutator/vitest-runner", "./test/mutation/ignore-descriptions.ts"],
  ignorers: ["descriptions"],
  coverageAnalysis: "perTest",
  // The tests read the rest of the project, but for what is built or large.
  ignorePatterns: ["bench", "dist", "data", "web-demo", "deploy"],
  tempDirName: "test-output/stryker",
  reporters: ["clear-text", "html", "progress-append-only"],
  htmlReporter: { fileName: "test-output/mutation.html" },
  clearTextReporter: { logTests: false, allowColor: process.stdout.isTTY === true },
  concurrency: 2,
  timeoutMS: 3000,
}).runMutationTest();

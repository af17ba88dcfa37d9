// Names the tests that passed at their second try only: what failed once is to be mended, not to be overlooked.
import type { Reporter, TestModule } from "vitest/node";

export class SecondTries implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const names = modules.flatMap(({ children, relativeModuleId }) =>
      [...children.allTests("passed")]
        .filter((test) => test.diagnostic()?.flaky)
        .map(({ fullName }) => `  ${relativeModuleId} > ${fullName}`),
    );
    if (names.length === 0) return;
    process.stdout.write(`Passed at their second try:\n${names.join("\n")}\n`);
  }
}

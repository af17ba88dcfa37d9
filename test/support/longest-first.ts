// The order of the test files: those that take longest begin first, so that none of them runs alone at the end.
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes more than a quarter of a minute; Vitest itself would begin with the files that have the most text. */
const longest =
  /\/(?:contributing|packages|users|client-realtime|hostile-bodies|relay-faults|ledger-killed|users-changed|neighbours|linear|client-reconnect|documentation|firefox|emulator\.agents|page-axe|admin-axe|admin-live|client-agents)\.test\.ts$/;

const isShort = ({ moduleId }: TestSpecification): number => (longest.test(moduleId) ? 0 : 1);
const groupOf = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;

/** Vitest's sequencer for all projects. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => groupOf(one) - groupOf(other) || isShort(one) - isShort(other));
  }
}

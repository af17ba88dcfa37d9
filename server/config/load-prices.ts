// The part of the configuration that `broker prices` reads: nothing of it is secret.
import { parseInput } from "../json/parse-input.ts";
import type { PriceOverrides } from "../usage/prices/price-list.ts";
import { brokerFileSchema } from "./broker-file.ts";
import { type Environment, type ReadFile, readDocument } from "./document.ts";
import { interpolate } from "./interpolate.ts";
import { ConfigError, describeIssues } from "./problems.ts";
import { typedReferences } from "./typed-references.ts";

const section = brokerFileSchema.pick({ prices: true });

/** `prices` of the broker.yaml that the service would read. Throws `ConfigError` with all that is wrong there. */
export const loadPrices = (env: Environment, readFile: ReadFile): PriceOverrides => {
  const { document } = readDocument(env, readFile);
  const asked = document.prices === undefined ? {} : { prices: document.prices };
  const { value, problems, unresolved, references } = interpolate(asked, env);
  const first = parseInput(section, value);
  const parsed = first.success
    ? first
    : parseInput(section, typedReferences(value, first.error.issues, references));
  if (!parsed.success) problems.push(...describeIssues(parsed.error.issues, unresolved));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return parsed.data.prices;
};

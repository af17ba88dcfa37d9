// A plugin of the mutation tests: a setting's description is text for people, which no test of behaviour can miss.
interface Path {
  listKey?: unknown;
  parent?: { type: string; callee?: { property?: { name?: string } } } | null;
}

const isDescription = ({ listKey, parent }: Path): boolean =>
  listKey === "arguments" &&
  parent?.type === "CallExpression" &&
  parent.callee?.property?.name === "describe";

const shouldIgnore = (path: Path): string | undefined =>
  isDescription(path) ? "the description of a setting" : undefined;

/** The name by which Stryker looks for plugins in a file. */
export const strykerPlugins = [{ kind: "Ignore", name: "descriptions", value: { shouldIgnore } }];

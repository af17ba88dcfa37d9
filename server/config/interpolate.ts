// `${NAME}` in broker.yaml takes a value from the environment, so that secrets stay out of the file.
import { dotted } from "./problems.ts";

const WHOLE = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;
const REFERENCE = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

export interface Interpolated {
  value: unknown;
  /** One for each variable that is not set, with the places that need it, and for each part that contains itself. */
  problems: string[];
  /** Those places: what stands there now says nothing about what would stand there. */
  unresolved: ReadonlySet<string>;
  /** The places whose text is one reference and nothing else. */
  references: ReadonlySet<string>;
}

/**
 * Replaces the references in every string of a parsed document; `$${NAME}` becomes `${NAME}`. It works on parsed values,
 * so that a value of the environment can never change the document's structure. Each name that is not set is a problem.
 */
export const interpolate = (
  document: unknown,
  env: Readonly<Record<string, string | undefined>>,
): Interpolated => {
  const missing = new Map<string, Set<string>>();
  const cyclic: string[] = [];
  const references = new Set<string>();
  const walk = (node: unknown, path: readonly PropertyKey[], above: readonly unknown[] = []): unknown => {
    if (above.includes(node)) {
      cyclic.push(dotted(path));
      return undefined;
    }
    if (typeof node === "string") {
      if (WHOLE.test(node)) references.add(dotted(path));
      return node.replaceAll(REFERENCE, (_, escaped: string, name: string) => {
        if (escaped) return `\${${name}}`;
        const value = env[name];
        if (value === undefined) missing.set(name, (missing.get(name) ?? new Set()).add(dotted(path)));
        return value ?? "";
      });
    }
    if (typeof node !== "object" || node === null) return node;
    const within = [...above, node];
    if (Array.isArray(node)) return node.map((part, index) => walk(part, [...path, index], within));
    return Object.fromEntries(
      Object.entries(node).map(([name, part]) => [name, walk(part, [...path, name], within)]),
    );
  };
  const value = walk(document, []);
  const problems = [...missing].map(
    ([name, places]) =>
      `${listed([...places])}: the environment has no ${name}; set it, or write $\${${name}} for the text itself`,
  );
  const unresolved = new Set([...cyclic, ...[...missing.values()].flatMap((places) => [...places])]);
  return {
    value,
    problems: [...problems, ...cyclic.map((at) => `${at}: contains itself`)],
    unresolved,
    references,
  };
};

const MAX_PLACES = 5;

const listed = (places: readonly string[]): string => {
  const more = places.length - MAX_PLACES;
  const first = places.slice(0, MAX_PLACES).join(", ");
  return more > 0 ? `${first} and ${more} more` : first;
};

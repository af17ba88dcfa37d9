// `${NAME}` in broker.yaml takes a value from the environment, so that secrets stay out of the file.

const REFERENCE = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * Replaces the references in every string of a parsed document; `$${NAME}` becomes `${NAME}`. It works on parsed values,
 * so that a value of the environment can never change the document's structure. Each name that is not set is a problem.
 */
export const interpolate = (
  document: unknown,
  env: Readonly<Record<string, string | undefined>>,
): { value: unknown; problems: string[] } => {
  const missing = new Map<string, string>();
  const walk = (node: unknown, path: string): unknown => {
    if (typeof node === "string") {
      return node.replaceAll(REFERENCE, (_, escaped: string, name: string) => {
        if (escaped) return `\${${name}}`;
        const value = env[name];
        if (value === undefined) missing.set(name, path);
        return value ?? "";
      });
    }
    if (Array.isArray(node)) return node.map((part, index) => walk(part, `${path}[${index}]`));
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).map(([name, part]) => [name, walk(part, path === "" ? name : `${path}.${name}`)]),
    );
  };
  const value = walk(document, "");
  const problems = [...missing].map(
    ([name, path]) =>
      `${path}: the environment has no ${name}; set it, or write $\${${name}} for the text itself`,
  );
  return { value, problems };
};

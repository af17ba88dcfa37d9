// `${NAME}` in the place of a number or a flag: a variable is text, so it is read as what the schema asks for.
import type { z } from "zod";
import { isJsonRecord } from "../json/record.ts";
import { dotted } from "./problems.ts";

const NUMBER = /^-?\d+(?:\.\d+)?$/;

/**
 * The document with each text that is one reference as a whole, and where an issue says that a number or a flag is expected,
 * turned into one. Texts that are none stay, and so does everything else: a token of digits only is no number.
 */
export const typedReferences = (
  document: unknown,
  issues: readonly z.core.$ZodIssue[],
  references: ReadonlySet<string>,
): unknown => {
  const changes = new Map<string, unknown>();
  for (const issue of issues) {
    const at = dotted(issue.path);
    if (issue.code === "invalid_type" && references.has(at)) changes.set(at, issue.expected);
  }
  const walk = (node: unknown, path: readonly PropertyKey[]): unknown => {
    if (typeof node === "string") return read(node, changes.get(dotted(path)));
    if (Array.isArray(node)) return node.map((part, index) => walk(part, [...path, index]));
    if (!isJsonRecord(node)) return node;
    return Object.fromEntries(
      Object.entries(node).map(([name, part]) => [name, walk(part, [...path, name])]),
    );
  };
  return changes.size === 0 ? document : walk(document, []);
};

const read = (text: string, expected: unknown): unknown => {
  if (expected === "boolean" && (text === "true" || text === "false")) return text === "true";
  if ((expected === "number" || expected === "int") && NUMBER.test(text)) return Number(text);
  return text;
};

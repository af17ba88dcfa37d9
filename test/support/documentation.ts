// Takes the examples out of the documentation, so that tests can run them as readers would.
import { readFileSync } from "node:fs";

const root = new URL("../../", import.meta.url);

/** The first fenced block of a language in a document, or the first one after a text. */
export const exampleIn = (document: string, language: string, after = ""): string => {
  const text = readFileSync(new URL(document, root), "utf8");
  const start = text.indexOf(after);
  const [, block] = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(text.slice(start)) ?? [];
  if (start === -1 || block === undefined) throw new Error(`${document} has no ${language} example`);
  return block;
};

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

/** A fenced block of a document. */
export interface Example {
  document: string;
  /** Where it begins, such as `docs/users.md:45`. */
  at: string;
  language: string;
  /** The comment right above it: what runs it, or why nothing does. */
  marker: string;
  text: string;
}

/** All fenced blocks of a document. */
export const examplesIn = (document: string): Example[] => {
  const text = readFileSync(new URL(document, root), "utf8");
  return [...text.matchAll(/(?:^<!-- (.*) -->\n)?^```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: marker = "", 2: language = "", 3: block = "" }) => ({
      ...{ document, language, marker, text: block },
      at: `${document}:${text.slice(0, index).split("\n").length}`,
    }),
  );
};

// The documents name only files that exist.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { expect, test } from "vitest";
import { slugOf } from "../../docs/.vitepress/slug.ts";
import { filesIn, readSource, root } from "../support/source.ts";

const folders = [
  ".",
  "server",
  "client",
  "web-demo",
  "web-admin",
  "emulator",
  "test",
  "bench",
  "deploy",
  "docs",
  "docs/.vitepress",
  "examples",
  "scripts",
];
const files = filesIn(folders, ["*"]);
const documents = files.filter((path) => path.endsWith(".md"));

const matches = (path: string, pattern: RegExp): string[] =>
  [...readSource(path).matchAll(pattern)].map(([, found = ""]) => found);

const missing = (pattern: RegExp, exists: (found: string, document: string) => boolean): string[] =>
  documents.flatMap((document) =>
    matches(document, pattern)
      .filter((found) => !exists(found, document))
      .map((found) => `${document}: ${found}`),
  );

// Those that the recipes write, which test/flows/contributing.test.ts does.
const written = new Set(matches("CONTRIBUTING.md", /^`(\S+)`\n\n```/gm));

test("every path in a document exists", () => {
  expect(documents.length).toBeGreaterThan(10);
  const path =
    /(?<![\w./:@-])((?:server|client|web-demo|web-admin|emulator|test|bench|deploy|docs|scripts)\/[\w./-]*\w)/g;
  expect(missing(path, (found) => existsSync(join(root, found)) || written.has(found))).toEqual([]);
});

test("every link in a document leads to a file", () => {
  const link = /\]\((?!\w+:|#)([^)#\s]+)/g;
  expect(missing(link, (found, document) => existsSync(join(root, dirname(document), found)))).toEqual([]);
});

/** The anchors of a document's headings; the second of one name gets a number. */
const anchorsOf = (document: string): string[] => {
  const seen = new Map<string, number>();
  const text = readSource(document).replaceAll(/^(?:<!--.*\n)?```[\s\S]*?^```$/gm, "");
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => {
    const slug = slugOf(heading.replaceAll(/`|\]\([^)]*\)|\*\*/g, ""));
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
};

test("every link to a heading leads to one", () => {
  const link = /\]\((?!\w+:)([^)\s]*#[^)\s]+)/g;
  const leads = (found: string, document: string) => {
    const [path = "", anchor = ""] = found.split("#");
    return anchorsOf(path === "" ? document : join(dirname(document), path)).includes(anchor);
  };
  expect(documents.flatMap((document) => matches(document, link)).length).toBeGreaterThan(20);
  expect(missing(link, leads)).toEqual([]);
});

// `x.ts` stands for any file, and broker.yaml is the operator's.
const others = new Set(["broker.yaml", "x.ts", "x.tech.ts"]);

test("every name of a file in a document is a file's, or the end of its path", () => {
  const name = /`(?:\.\/)?(\w[\w./-]*\.(?:css|html|js|json|md|sh|sql|ts|ya?ml))`/g;
  const isFile = (found: string) => files.some((path) => `/${path}`.endsWith(`/${found}`));
  expect(missing(name, (found) => isFile(found) || others.has(found) || written.has(found))).toEqual([]);
});

// The documentation as a site: `npm run docs` builds it into dist/docs, `npm run docs:dev` serves it.
import { cpSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { defineConfig } from "vitepress";
import { guides, howItWorks, operations, reference, start } from "./pages.ts";
import { slugOf } from "./slug.ts";

const root = new URL("../../", import.meta.url).pathname;

/** Files outside docs/ that pages link to. They are copied, so that the site stands alone. */
const linkedFiles = new Set<string>();

export default defineConfig({
  title: "realtime-key-broker",
  description: "Voice for your web page without your OpenAI key in it.",
  lang: "en-GB",
  head: [["link", { rel: "icon", href: "data:," }]],
  // Files, not folders: it can be served from anywhere.
  cleanUrls: false,
  cacheDir: `${root}dist/docs-cache`,
  srcExclude: ["**/node_modules/**"],
  themeConfig: {
    nav: [
      { text: "Start", link: "/start" },
      { text: "Guides", link: "/client", activeMatch: "^/(?!start|reference|index)[a-z-]+" },
      { text: "Reference", link: "/reference/settings", activeMatch: "/reference/" },
    ],
    sidebar: [start, guides, reference, operations, howItWorks],
    search: { provider: "local" },
    outline: { level: [2, 3] },
    docFooter: { prev: "Before", next: "Next" },
  },
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    anchor: { slugify: slugOf },
    config: (markdown) => {
      const { rules } = markdown.renderer;
      // A block that is only indented looks and scrolls as every other one.
      rules.code_block = (tokens, index, ...rest) => {
        const token = tokens[index];
        if (token) token.info = "text";
        return rules.fence?.(tokens, index, ...rest) ?? "";
      };
      const render = rules.link_open;
      rules.link_open = (tokens, index, options, env, self) => {
        const token = tokens[index];
        const href = token?.attrGet("href") ?? "";
        // Only files outside docs/ begin with so many steps up as the page is deep.
        const outside = fileOutside(href, env.relativePath);
        if (outside !== undefined) {
          linkedFiles.add(outside);
          token?.attrSet("href", `/files/${publishedAs(outside)}`);
          token?.attrSet("target", "_blank");
        }
        return render?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options);
      };
    },
  },
  buildEnd: ({ outDir }) => {
    for (const file of linkedFiles) {
      const target = `${outDir}/files/${publishedAs(file)}`;
      mkdirSync(dirname(target), { recursive: true });
      cpSync(root + file, target);
    }
  },
});

/** The file's path from the project's root, where a link on a page leads out of docs/. */
const fileOutside = (href: string, page: string): string | undefined => {
  if (/^(?:[a-z]+:|#|\/)/.test(href)) return undefined;
  const { pathname } = new URL(href, `file:///docs/${page}`);
  return pathname.startsWith("/docs/") ? undefined : pathname.slice(1);
};

// Browsers show text; most other kinds they would only save.
const publishedAs = (file: string): string => (/\.(?:json|txt)$/.test(file) ? file : `${file}.txt`);

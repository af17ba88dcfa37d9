// Markdown that the site's pages are made of. Outside code, what would be HTML stays text.

/** Text of a description: `<` and `{{` would be read as markup by the site. */
export const plain = (text: string): string =>
  text
    .split(/(`[^`]*`)/)
    .map((part) =>
      part.startsWith("`") ? part : part.replaceAll("<", "&lt;").replaceAll("{{", "&#123;&#123;"),
    )
    .join("")
    .replaceAll(/\s+/g, " ");

export const code = (text: string): string => `\`${text}\``;

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

/** A table of rows with a cell for each heading. */
export const table = (headings: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(headings), `|${"---|".repeat(headings.length)}`, ...rows.map(row)].join("\n");

/** A page of parts with an empty line between, and the command that makes it anew. */
export const page = (title: string, ...parts: readonly string[]): string =>
  `${[
    `# ${title}`,
    "<!-- Made by `npm run contract`; a test fails when it is stale. -->",
    ...parts.filter((part) => part !== ""),
  ].join("\n\n")}\n`;

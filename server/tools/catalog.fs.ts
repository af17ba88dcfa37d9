// Loads the tools of the catalogue: each file in catalog/ exports one as its default.
import { readdir } from "node:fs/promises";
import type { Tool } from "./tool.ts";

const folder = new URL("./catalog/", import.meta.url);

/** All tools of the catalogue folder, by file name. Throws an `Error` that names a file without a tool. */
export const loadCatalog = async (): Promise<Tool[]> => {
  const files = (await readdir(folder)).filter((file) => /(?<!\.d)\.[jt]s$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => {
      const module: { default?: Tool } = await import(new URL(file, folder).href);
      if (typeof module.default?.accept !== "function") {
        throw new Error(`server/tools/catalog/${file} must have a default export made by defineTool()`);
      }
      return module.default;
    }),
  );
};

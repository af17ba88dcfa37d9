// Opens the tools that come from elsewhere than `tools` in broker.yaml: the service's own, and the operator's files.
import { dirname, resolve } from "node:path";
import type { Config } from "../config/load.ts";
import { loadCatalog } from "../tools/catalog.fs.ts";
import type { Tool } from "../tools/tool.ts";
import { loadToolFiles } from "../tools/tool-files.fs.ts";

/** What was found at the start, and outlives each policy. */
export interface ToolResources {
  tools: readonly Tool[];
  /** What is wrong with them, for the operator. */
  problems: readonly string[];
}

/** Loads them. Paths in broker.yaml are relative to that file. */
export const openTools = async (config: Config): Promise<ToolResources> => {
  const [catalog, own] = await Promise.all([loadCatalog(), loadOwn(config)]);
  return { tools: [...catalog, ...own.tools], problems: own.problems };
};

const loadOwn = async ({ tools_dir: folder, file }: Config): Promise<ToolResources> => {
  if (folder === undefined) return { tools: [], problems: [] };
  const { tools, problems } = await loadToolFiles(resolve(dirname(file ?? ""), folder));
  return { tools, problems: problems.map((problem) => `tools_dir: ${problem}`) };
};

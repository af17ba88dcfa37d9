// Loads the tools that come from elsewhere than `tools` in broker.yaml: the service's own, the operator's files, APIs, MCP servers.
import { dirname, resolve } from "node:path";
import type { Config } from "../config/load.ts";
import { loadCatalog } from "../tools/catalog.fs.ts";
import type { AnswerMcp } from "../tools/mcp/endpoint.ts";
import type { Tool } from "../tools/tool.ts";
import { loadToolFiles } from "../tools/tool-files.fs.ts";
import { createServerLoader, type ServerPorts } from "./mcp-servers.ts";
import { createApiLoader, type FoundTools } from "./openapi-tools.ts";

/** The tools of one configuration. */
export interface LoadedTools {
  tools: readonly Tool[];
  /** Those of MCP servers at the moment; another list whenever one has changed. */
  remote(): readonly Tool[];
  /** What is wrong with them, for the operator. */
  problems: readonly string[];
  /** From now on these are in use: what the ones before had open, and these do not need, is closed when its calls have ended. */
  use(): void;
  /** Closes what was opened for these alone. */
  discard(): Promise<void>;
}

export interface ToolLoader extends AsyncDisposable {
  /** Opens what the configuration asks for and the tools in use do not have. Paths in broker.yaml are relative to that file. */
  load(config: Config): Promise<LoadedTools>;
}

/** Disposing it ends loads that are under way, and closes everything. */
export const createToolLoader = (ports: ServerPorts): ToolLoader => {
  const closing = new AbortController();
  const loadApis = createApiLoader(ports, closing.signal);
  const servers = createServerLoader(ports);
  const catalogue = loadCatalog();
  // Code cannot be unloaded: the folder is read at the start.
  let files: Promise<FoundTools> | undefined;
  return {
    load: async (config) => {
      const folder = resolve(dirname(config.file ?? ""));
      files ??= loadFiles(config, folder);
      const [catalog, own, apis, remote] = await Promise.all([
        catalogue,
        files,
        loadApis(config, folder),
        servers.load(config, folder),
      ]);
      return {
        tools: [...catalog, ...own.tools, ...apis.tools],
        problems: [...own.problems, ...apis.problems],
        remote: remote.tools,
        use: () => {
          apis.use();
          remote.use();
        },
        discard: remote.discard,
      };
    },
    [Symbol.asyncDispose]: async () => {
      closing.abort(new Error("the service stops"));
      await servers.close();
    },
  };
};

const loadFiles = async ({ tools_dir: own }: Config, folder: string): Promise<FoundTools> => {
  if (own === undefined) return { tools: [], problems: [] };
  const { tools, problems } = await loadToolFiles(resolve(folder, own));
  return { tools, problems: problems.map((problem) => `tools_dir: ${problem}`) };
};

/** The MCP endpoint; its SDK is loaded with the first request. */
export const lazyEndpoint = (): AnswerMcp => {
  let loading: Promise<AnswerMcp> | undefined;
  return async (...request) => {
    loading ??= import("../tools/mcp/endpoint.sdk.ts").then(({ mcpEndpoint }) => mcpEndpoint());
    return (await loading)(...request);
  };
};

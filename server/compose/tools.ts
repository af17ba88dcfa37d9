// Opens the tools that come from elsewhere than `tools` in broker.yaml: the service's own, the operator's files, MCP servers.
import { dirname, resolve } from "node:path";
import type { Config } from "../config/load.ts";
import type { Disposal } from "../disposal.ts";
import { loadCatalog } from "../tools/catalog.fs.ts";
import { httpTool } from "../tools/http-tool.fetch.ts";
import { McpConnection, type McpPorts } from "../tools/mcp/connection.ts";
import type { AnswerMcp } from "../tools/mcp/endpoint.ts";
import { serverOf } from "../tools/mcp/servers.ts";
import { checkablePart } from "../tools/openapi/checkable.ts";
import { readOpenApi } from "../tools/openapi/document.io.ts";
import { openApiTools } from "../tools/openapi/operations.ts";
import type { OpenApiSource } from "../tools/openapi/source.ts";
import type { Tool } from "../tools/tool.ts";
import { loadToolFiles } from "../tools/tool-files.fs.ts";

/** What was found at the start, and outlives each policy. */
export interface ToolResources {
  tools: readonly Tool[];
  /** Those of MCP servers at the moment; another list whenever one has changed. */
  remote(): readonly Tool[];
  answerMcp: AnswerMcp;
  /** What is wrong with them, for the operator. */
  problems: readonly string[];
}

/** The MCP endpoint; its SDK is loaded with the first request. */
const lazyEndpoint = (): AnswerMcp => {
  let loading: Promise<AnswerMcp> | undefined;
  return async (...request) => {
    loading ??= import("../tools/mcp/endpoint.sdk.ts").then(({ mcpEndpoint }) => mcpEndpoint());
    return (await loading)(...request);
  };
};

interface ToolPorts extends Pick<McpPorts, "timers" | "random" | "log"> {
  fetch: typeof globalThis.fetch;
}

/** Opens them; `stack` closes the servers. Paths in broker.yaml are relative to that file. */
export const openTools = async (
  config: Config,
  ports: ToolPorts,
  stack: Disposal,
): Promise<ToolResources> => {
  const folder = resolve(dirname(config.file ?? ""));
  const [catalog, own, described, remote] = await Promise.all([
    loadCatalog(),
    loadOwn(config, folder),
    Promise.all(config.openapi.map((source, index) => loadDescribed(source, index, folder, ports.fetch))),
    connectServers(config, folder, ports, stack),
  ]);
  const found = [own, ...described];
  return {
    tools: [...catalog, ...found.flatMap(({ tools }) => tools)],
    remote,
    answerMcp: lazyEndpoint(),
    problems: found.flatMap(({ problems }) => problems),
  };
};

const loadOwn = async (
  { tools_dir: own }: Config,
  folder: string,
): Promise<Pick<ToolResources, "tools" | "problems">> => {
  if (own === undefined) return { tools: [], problems: [] };
  const { tools, problems } = await loadToolFiles(resolve(folder, own));
  return { tools, problems: problems.map((problem) => `tools_dir: ${problem}`) };
};

const loadDescribed = async (
  source: OpenApiSource,
  index: number,
  folder: string,
  fetch: typeof globalThis.fetch,
): Promise<Pick<ToolResources, "tools" | "problems">> => {
  const { document: place } = source;
  try {
    const document = await readOpenApi(place, folder, fetch);
    const { tools, problems } = openApiTools(document, source, place);
    return {
      tools: tools.map(({ name, config }) => httpTool(name, config, fetch, checkablePart(config.parameters))),
      problems: problems.map((problem) => `openapi[${index}].operations: ${problem}`),
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
    const reason = error instanceof Error ? error.message.split("\n", 1)[0] + cause : String(error);
    return { tools: [], problems: [`openapi[${index}].document: ${place}: ${reason}`] };
  }
};

/** How long the start waits for servers: one that is slower comes when it comes. */
const START_WAIT_MS = 5000;

const connectServers = async (
  config: Config,
  folder: string,
  { fetch, ...ports }: ToolPorts,
  stack: Disposal,
): Promise<() => readonly Tool[]> => {
  const servers = Object.entries(config.mcp_servers);
  let all: readonly Tool[] = [];
  if (servers.length === 0) return () => all;
  // Their SDK is loaded only where it is needed: it takes memory, and time to start.
  const { connectMcp } = await import("../tools/mcp/client.sdk.ts");
  const collect = () => {
    all = connections.flatMap(({ tools }) => tools);
  };
  const connections = servers.map(([name, server]) => {
    const onTools = (tools: readonly Tool[]) => {
      collect();
      warnOfMissing(config, name, tools, ports.log);
    };
    const connect = connectMcp(server, { fetch, folder });
    return new McpConnection(name, server, { ...ports, connect, onTools });
  });
  stack.defer(async () => void (await Promise.all(connections.map((connection) => connection.close()))));
  const first = Promise.all(connections.map((connection) => connection.open()));
  const late = Promise.withResolvers<void>();
  const stopWaiting = ports.timers.after(START_WAIT_MS, late.resolve);
  await Promise.race([first, late.promise]);
  stopWaiting();
  return () => all;
};

/** A server may change what it offers at any time, so a name that it lacks stops no start. */
const warnOfMissing = (
  { profiles }: Config,
  server: string,
  tools: readonly Tool[],
  log: ToolPorts["log"],
): void => {
  const names = new Set(tools.map(({ name }) => name));
  const named = Object.values(profiles).flatMap((profile) => profile.tools);
  const missing = named.filter(
    (name) => serverOf(name) === server && !name.endsWith("*") && !names.has(name),
  );
  if (missing.length > 0) log.write("warn", "mcp server lacks tools of a profile", { server, missing });
};

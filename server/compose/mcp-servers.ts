// Connects to the MCP servers of broker.yaml. A connection whose entry stays as it is goes on under the next configuration.
import { isSameValue } from "../config/changes.ts";
import type { Config } from "../config/load.ts";
import { McpConnection, type McpPorts } from "../tools/mcp/connection.ts";
import { type McpServerConfig, serverOf } from "../tools/mcp/servers.ts";
import type { Tool } from "../tools/tool.ts";

export interface ServerPorts extends Pick<McpPorts, "timers" | "random" | "log"> {
  fetch: typeof globalThis.fetch;
}

/** The servers of one configuration. */
interface LoadedServers {
  /** Their tools at the moment; another list whenever one has changed. */
  tools(): readonly Tool[];
  use(): void;
  discard(): Promise<void>;
}

interface Server {
  name: string;
  config: McpServerConfig;
  folder: string;
  connection: McpConnection;
}

/** How long a load waits for new servers: one that is slower comes when it comes. */
const WAIT_MS = 5000;

export const createServerLoader = ({ fetch, ...ports }: ServerPorts) => {
  /** Retired ones among them, until their calls have ended. */
  const open = new Set<McpConnection>();
  let inUse: readonly Server[] = [];
  let profiles: Config["profiles"] = {};

  const connect = async (name: string, config: McpServerConfig, folder: string): Promise<Server> => {
    // Their SDK is loaded only where it is needed: it takes memory, and time to start.
    const { connectMcp } = await import("../tools/mcp/client.sdk.ts");
    const connection: McpConnection = new McpConnection(name, config, {
      ...ports,
      connect: connectMcp(config, { fetch, folder }),
      onTools: (tools) => {
        if (inUse.some((server) => server.connection === connection)) warnOfMissing(name, tools);
      },
    });
    open.add(connection);
    return { name, config, folder, connection };
  };

  const close = async (connection: McpConnection): Promise<void> => {
    open.delete(connection);
    await connection.close();
  };

  /** A server may change what it offers at any time, so a name that it lacks stops no start. */
  const warnOfMissing = (server: string, tools: readonly Tool[]): void => {
    const names = new Set(tools.map(({ name }) => name));
    const named = Object.values(profiles).flatMap((profile) => profile.tools);
    const missing = named.filter(
      (name) => serverOf(name) === server && !name.endsWith("*") && !names.has(name),
    );
    if (missing.length > 0)
      ports.log.write("warn", "mcp server lacks tools of a profile", { server, missing });
  };

  const load = async (config: Config, folder: string): Promise<LoadedServers> => {
    const added: Server[] = [];
    const servers = await Promise.all(
      Object.entries(config.mcp_servers).map(async ([name, entry]) => {
        const before = inUse.find((server) => server.name === name && server.folder === folder);
        if (before && isSameValue(before.config, entry)) return before;
        const server = await connect(name, entry, folder);
        added.push(server);
        return server;
      }),
    );
    await withinTime(Promise.all(added.map(({ connection }) => connection.open())), ports.timers);
    return {
      tools: collected(servers.map(({ connection }) => connection)),
      use: () => {
        const gone = inUse.filter((server) => !servers.includes(server));
        inUse = servers;
        profiles = config.profiles;
        for (const { connection } of gone) connection.retire(() => open.delete(connection));
        // One that has not answered yet lacks nothing so far.
        for (const { name, connection } of servers) {
          if (connection.tools.length > 0) warnOfMissing(name, connection.tools);
        }
      },
      discard: async () => void (await Promise.all(added.map(({ connection }) => close(connection)))),
    };
  };

  return {
    load,
    close: async (): Promise<void> => void (await Promise.all([...open].map(close))),
  };
};

/** The tools of all connections: the same list until one of them has another. */
const collected = (connections: readonly McpConnection[]): (() => readonly Tool[]) => {
  let lists: readonly (readonly Tool[])[] = [];
  let all: readonly Tool[] = [];
  return () => {
    if (lists.length !== connections.length || connections.some(({ tools }, at) => tools !== lists[at])) {
      lists = connections.map(({ tools }) => tools);
      all = lists.flat();
    }
    return all;
  };
};

const withinTime = async (
  work: Promise<unknown>,
  { after }: Pick<McpPorts["timers"], "after">,
): Promise<void> => {
  const late = Promise.withResolvers<void>();
  const stopWaiting = after(WAIT_MS, late.resolve);
  await Promise.race([work, late.promise]);
  stopWaiting();
};

// Makes tools of what an MCP server lists: names that are safe here, and bounds for what it says of them.
import { IDENTIFIER } from "../../names.ts";
import type { Answer, JsonSchema, Tool, ToolContext } from "../tool.ts";
import type { RemoteTool } from "./client.ts";
import { type McpServerConfig, toolPrefix } from "./servers.ts";

/** A server's list goes into every session, so a list beyond these is not what its operator meant to offer. */
const MAX_TOOLS = 128;
const MAX_DESCRIPTION = 4096;
const MAX_SCHEMA_BYTES = 65_536;

type Call = (name: string, args: Record<string, unknown>, context: ToolContext) => Promise<Answer>;

export interface RemoteTools {
  tools: Tool[];
  /** Why some are left out, for the log. */
  leftOut: string[];
}

/**
 * The server's tools under its prefix. Arguments are checked by the server, which knows its own schema; here they are only read
 * by its types, and bounded as those of every tool.
 */
export const remoteTools = (
  server: string,
  config: Pick<McpServerConfig, "timeout_ms" | "max_answer_bytes">,
  listed: readonly RemoteTool[],
  call: Call,
): RemoteTools => {
  const byName = new Map<string, Tool>();
  const leftOut: string[] = [];
  for (const remote of listed) {
    // OpenAI takes no other characters in a function's name, MCP does.
    const name = toolPrefix(server) + remote.name.replaceAll(/[^\w-]/g, "_");
    const fault = faultOf(name, remote, byName);
    if (fault !== undefined) leftOut.push(`${remote.name.slice(0, 100)} ${fault}`);
    else byName.set(name, toolOf(name, remote, config, call));
  }
  return { tools: [...byName.values()], leftOut: leftOut.slice(0, MAX_TOOLS) };
};

const faultOf = (name: string, remote: RemoteTool, others: ReadonlyMap<string, Tool>): string | undefined => {
  if (others.size >= MAX_TOOLS) return `is beyond the first ${MAX_TOOLS}`;
  if (!IDENTIFIER.test(name)) return "has a name that is too long or empty";
  if (others.has(name)) return "has the name of another, once it is made safe";
  if (JSON.stringify(remote.inputSchema).length > MAX_SCHEMA_BYTES)
    return `has a schema of more than ${MAX_SCHEMA_BYTES} bytes`;
  return undefined;
};

const toolOf = (
  name: string,
  { name: remoteName, description = "", inputSchema }: RemoteTool,
  config: Pick<McpServerConfig, "timeout_ms" | "max_answer_bytes">,
  call: Call,
): Tool => {
  const { $schema: _dialect, ...schema } = inputSchema;
  return {
    name,
    description: description.slice(0, MAX_DESCRIPTION),
    parameters: { ...schema, type: "object" } satisfies JsonSchema,
    timeoutMs: config.timeout_ms,
    maxAnswerBytes: config.max_answer_bytes,
    accept: (args) => ({
      accepted: true,
      run: (context) => call(remoteName, args as Record<string, unknown>, context),
    }),
  };
};

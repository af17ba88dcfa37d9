// GET /tools lists what the caller may call; GET or POST /<toolName> calls it.
import type { Caller } from "../../auth/caller.ts";
import type { RenderedAnswer } from "../../tools/call.ts";
import { type ReadArguments, readQueryArguments } from "../../tools/query.ts";
import type { Tool } from "../../tools/tool.ts";
import type { Toolbox } from "../../tools/toolbox.ts";
import { readBody } from "../body.ts";
import { type BrokerContext, type Handler, rawQuery } from "../context.ts";

export interface ToolServices {
  toolbox: Pick<Toolbox, "find" | "list">;
  callTool(tool: Tool, args: ReadArguments, caller: Caller, signal: AbortSignal): Promise<RenderedAnswer>;
}

/** Lists the caller's tools with their schemas. */
export const listTools =
  ({ toolbox }: Pick<ToolServices, "toolbox">): Handler =>
  (c) =>
    c.json({ tools: toolbox.list(c.get("caller")) }, 200, { "cache-control": "no-store" });

/** Calls the tool that the path names. */
export const callTool =
  (services: ToolServices): Handler =>
  async (c) => {
    const name = c.req.param("toolName") ?? "";
    const tool = services.toolbox.find(name, c.get("caller"));
    c.get("event").tool = name;
    const args = await readArguments(c, tool);
    const answer = await services.callTool(tool, args, c.get("caller"), c.req.raw.signal);
    return c.body(answer.body, 200, { "content-type": answer.contentType, "cache-control": "no-store" });
  };

const readArguments = async (c: BrokerContext, tool: Tool): Promise<ReadArguments> => {
  const query = readQueryArguments(rawQuery(c), tool.parameters);
  if (c.req.method === "GET") return query;
  const body = await readBody(c);
  const twice = Object.keys(query.value).filter((name) => Object.hasOwn(body.value, name));
  return {
    value: { ...query.value, ...body.value },
    errors: [
      ...query.errors,
      ...body.errors,
      ...twice.map((name) => ({ pointer: `/${name}`, detail: "is given in the address and in the body" })),
    ],
  };
};

// GET /tools lists what the caller may call; GET or POST /<toolName> calls it.
import type { Caller } from "../../auth/caller.ts";
import type { RenderedAnswer, ToolInput } from "../../tools/call.ts";
import type { Tool } from "../../tools/tool.ts";
import type { Toolbox } from "../../tools/toolbox.ts";
import { readBody } from "../body.ts";
import { callerSignal } from "../caller-signal.ts";
import { type Door, type Handler, rawQuery } from "../context.ts";

export interface ToolServices {
  toolbox: Pick<Toolbox, "find" | "list">;
  callTool(
    tool: Tool,
    input: ToolInput,
    caller: Caller,
    callerSignal: () => AbortSignal,
  ): Promise<RenderedAnswer>;
}

/** Lists the caller's tools with their schemas. */
export const listTools =
  ({ toolbox }: Pick<ToolServices, "toolbox">): Handler =>
  (c) =>
    c.json({ tools: toolbox.list(c.get("caller")) }, 200, { "cache-control": "no-store" });

/** Finds the tool that the path names, if the caller may call it. */
export const mayCallTool = ({ toolbox }: Pick<ToolServices, "toolbox">): Door =>
  async function mayCallTool(c, next) {
    const name = c.req.path.slice(1);
    c.set("tool", toolbox.find(name, c.get("caller")));
    c.get("event").tool = name;
    await next();
  };

/** Calls it. */
export const callTool =
  (services: Pick<ToolServices, "callTool">): Handler =>
  async (c) => {
    const tool = c.get("tool");
    const body = c.req.method === "POST" ? await readBody(c) : undefined;
    const input = { query: rawQuery(c), body };
    const answer = await services.callTool(tool, input, c.get("caller"), () => callerSignal(c));
    return c.body(answer.body, 200, { "content-type": answer.contentType, "cache-control": "no-store" });
  };

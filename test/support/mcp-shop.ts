// An MCP server by the protocol's own SDK, as an operator may have one; over HTTP, or run as a program over stdio.
import { buffer } from "node:stream/consumers";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { serve, type TestServer } from "./server.ts";

export interface McpShop extends TestServer {
  /** Method and headers of each request. */
  requests: { method: string | undefined; headers: Record<string, unknown> }[];
  /** What was posted. */
  bodies: string[];
}

const text = (words: string) => ({ content: [{ type: "text" as const, text: words }] });

/** Its tools; `extra` is the name of one more. */
export const createShop = (extra?: string): McpServer => {
  const shop = new McpServer({ name: "shop", version: "1.0.0" });
  shop.registerTool(
    "find",
    {
      description: "Finds a product.",
      inputSchema: z.object({ name: z.string(), count: z.int().default(1) }),
    },
    ({ name, count }) => text(`${count} × ${name}`),
  );
  shop.registerTool(
    "stock.of",
    { description: "Counts.", inputSchema: z.object({}), outputSchema: z.object({ left: z.int() }) },
    () => ({ ...text("7"), structuredContent: { left: 7 } }),
  );
  shop.registerTool("sell", { description: "Sells." }, () => ({
    ...text("The till is closed."),
    isError: true,
  }));
  shop.registerTool("quote", { description: "Quotes its key." }, () => ({
    ...text(`no till for ${process.env.SHOP_KEY}`),
    isError: true,
  }));
  shop.registerTool("wait", { description: "Waits." }, async (ctx) => {
    await new Promise((resolve) => ctx.mcpReq.signal.addEventListener("abort", resolve));
    return text("never");
  });
  shop.registerTool("flood", { description: "Floods." }, () => text("x".repeat(5_000_000)));
  shop.registerTool("much", { description: "Answers much." }, () => text("x".repeat(300_000)));
  shop.registerTool("environment", { description: "Tells what it runs in." }, () =>
    text(Object.keys(process.env).sort().join(" ")),
  );
  shop.registerTool("die", { description: "Ends the program." }, () => process.exit(1));
  if (extra) shop.registerTool(extra, { description: "One more." }, () => text("more"));
  return shop;
};

/** Listens on a free port, or on a given one. */
export const startMcpShop = async (extra?: string): Promise<McpShop> => {
  const { fetch, close } = createMcpHandler(() => createShop(extra));
  const requests: McpShop["requests"] = [];
  const bodies: string[] = [];
  const server = await serve(async (request, response) => {
    const { method = "GET", headers } = request;
    requests.push({ method, headers });
    const body = method === "POST" ? { body: await buffer(request) } : {};
    if (body.body) bodies.push(body.body.toString("utf8"));
    const answer = await fetch(
      new Request("http://shop/mcp", { method, headers: headers as Record<string, string>, ...body }),
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  });
  return {
    url: server.url,
    requests,
    bodies,
    [Symbol.asyncDispose]: async () => {
      await close();
      await server[Symbol.asyncDispose]();
    },
  };
};

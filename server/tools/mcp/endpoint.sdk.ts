// The MCP endpoint over the protocol's own SDK: every message stands alone, in the current revision as in those with a handshake.
import { createMcpHandler, Server } from "@modelcontextprotocol/server";
import { isJsonRecord } from "../../json/record.ts";
import type { AnswerMcp, McpTools } from "./endpoint.ts";

/** Makes the endpoint. What a call rejects with is answered as an internal error, for the caller of the endpoint to replace. */
export const mcpEndpoint = (): AnswerMcp => {
  const handler = createMcpHandler(({ authInfo }) => serverOver(authInfo?.extra?.tools as McpTools));
  return async ({ headers, message }, tools) => {
    // It would be a stream without an end, about changes that this service does not tell.
    if (message.method === "subscriptions/listen") return methodNotFound(message.id);
    const request = new Request("http://localhost/mcp", { method: "POST", headers: { ...headers } });
    const authInfo = { token: "", clientId: "", scopes: [], extra: { tools } };
    const response = await handler.fetch(request, { parsedBody: message, authInfo });
    const contentType = response.headers.get("content-type") ?? undefined;
    return { status: response.status, contentType, body: await response.text() };
  };
};

const serverOver = (tools: McpTools): Server => {
  const server = new Server(
    { name: "realtime-key-broker", version: "0.1.0" },
    { capabilities: { tools: {} } },
  );
  server.setRequestHandler("tools/list", () => ({
    tools: tools.list().map(({ name, description, parameters }) => ({
      name,
      description,
      inputSchema: { ...parameters, type: "object" as const },
    })),
  }));
  server.setRequestHandler("tools/call", async ({ params }) => {
    const args = isJsonRecord(params.arguments) ? params.arguments : {};
    const { text, isError } = await tools.call(params.name, args);
    return { content: [{ type: "text", text }], isError };
  });
  return server;
};

const methodNotFound = (id: unknown) => ({
  status: 404,
  contentType: "application/json",
  body: JSON.stringify({
    jsonrpc: "2.0",
    id: id ?? null,
    error: { code: -32601, message: "Method not found" },
  }),
});

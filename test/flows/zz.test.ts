import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
it("mcp fuzz", async () => {
  await using broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1" });
  const post = async (m: unknown, headers: Record<string, string> = {}) => {
    const t = performance.now();
    const r = await fetch(`${broker.url}/mcp`, { method: "POST", headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers }, body: typeof m === "string" ? m : JSON.stringify(m), signal: AbortSignal.timeout(3000) }).catch((e) => e);
    if (r instanceof Error) return `HANG ${r.message}`;
    const s = await r.text().catch((e: Error) => "HANGBODY " + e.message);
    return `${r.status} ${r.headers.get("content-type")} ${Math.round(performance.now() - t)} ${s.slice(0, 260)}`;
  };
  const j = (method: string, params?: object, id: unknown = 1) => ({ jsonrpc: "2.0", id, method, ...(params && { params }) });
  const meta = { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientInfo": { name: "a", version: "1" }, "io.modelcontextprotocol/clientCapabilities": {} } };
  const modern = (m: string) => ({ "mcp-protocol-version": "2026-07-28", "mcp-method": m });
  const cases: [string, unknown, Record<string, string>?][] = [
    ["list", j("tools/list")],
    ["modern list", j("tools/list", meta), modern("tools/list")],
    ["modern mismatch", j("tools/list", meta), modern("subscriptions/listen")],
    ["modern call", j("tools/call", { ...meta, name: "current_time", arguments: { time_zone: "UTC" } }), { ...modern("tools/call"), "mcp-name": "current_time" }],
    ["call", j("tools/call", { name: "current_time", arguments: { time_zone: "UTC" } })],
    ["call array args", j("tools/call", { name: "current_time", arguments: [1] })],
    ["call no args", j("tools/call", { name: "current_time" })],
    ["call proto", '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"current_time","arguments":{"__proto__":{"a":1},"time_zone":"UTC"}}}'],
    ["call task", j("tools/call", { name: "current_time", arguments: { time_zone: "UTC" }, task: { ttl: 60000 } })],
    ["call name proto", j("tools/call", { name: "__proto__", arguments: {} })],
    ["listen", j("subscriptions/listen", meta), modern("subscriptions/listen")],
    ["listen legacy", j("subscriptions/listen", {})],
    ["sub", j("resources/subscribe", { uri: "a://b" })],
    ["ping", j("ping")],
    ["init", j("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "x", version: "1" } })],
    ["init weird", j("initialize", { protocolVersion: "x", capabilities: {}, clientInfo: { name: "x", version: "1" } })],
    ["discover", j("server/discover", meta), modern("server/discover")],
    ["loglevel", j("logging/setLevel", { level: "debug" })],
    ["complete", j("completion/complete", {})],
    ["tasks", j("tasks/result", { taskId: "1" })],
    ["tasks list", j("tasks/list", {})],
    ["id null", j("tools/list", {}, null)],
    ["id obj", j("tools/list", {}, { a: 1 })],
    ["id float", j("tools/list", {}, 1.5)],
    ["id huge", j("tools/list", {}, "x".repeat(100000))],
    ["notif", { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } }],
    ["notif call", { jsonrpc: "2.0", method: "tools/call", params: { name: "current_time", arguments: { time_zone: "UTC" } } }],
    ["response", { jsonrpc: "2.0", id: 1, result: {} }],
    ["err", { jsonrpc: "2.0", id: 1, error: { code: 1, message: "x" } }],
    ["batch", [j("tools/list")]],
    ["both", { ...j("tools/list"), result: {} }],
    ["no method", { jsonrpc: "2.0", id: 1 }],
    ["method proto", j("__proto__")],
    ["method constructor", j("constructor")],
    ["empty", "{}"],
    ["text", j("tools/list"), { "content-type": "text/plain" }],
    ["evil origin", j("tools/list"), { origin: "https://evil.example" }],
    ["null origin", j("tools/list"), { origin: "null" }],
    ["sec-fetch", j("tools/list"), { "sec-fetch-site": "cross-site" }],
    ["host", j("tools/list"), { host: "evil.example" }],
    ["version junk", j("tools/list"), { "mcp-protocol-version": "9999" }],
    ["session", j("tools/list"), { "mcp-session-id": "x" }],
    ["accept none", j("tools/list"), { accept: "text/html" }],
    ["accept json", j("tools/list"), { accept: "application/json" }],
    ["charset", j("tools/list"), { "content-type": "application/json; charset=utf-16" }],
  ];
  for (const [n, m, h] of cases) console.log(`${n} => ${await post(m, h)}`);
  for (const method of ["GET", "DELETE", "PUT", "OPTIONS"]) console.log(method, (await fetch(`${broker.url}/mcp`, { method })).status);
  console.log(JSON.stringify(broker.logs.filter((l: any) => l.level !== "info")).slice(0, 1500));
}, 200000);

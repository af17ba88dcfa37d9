// The least a mint can be: node:http hands each request on over kept connections and pipes the answer back.
import { Agent, createServer, request } from "node:http";

const agent = new Agent({ keepAlive: true });
const target = `${process.env.OPENAI_BASE_URL}/realtime/client_secrets`;
const body = JSON.stringify({ session: { type: "realtime", model: "gpt-realtime-2.1" } });
const headers = {
  authorization: "Bearer sk-bench",
  "content-type": "application/json",
  "content-length": Buffer.byteLength(body),
};

const server = createServer((_incoming, outgoing) => {
  const upstream = request(target, { method: "POST", agent, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, { "content-type": "application/json" });
    answer.pipe(outgoing);
  });
  upstream.on("error", () => outgoing.writeHead(502).end());
  upstream.end(body);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}\n`);
});

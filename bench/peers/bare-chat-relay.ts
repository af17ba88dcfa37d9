// The least a relay can do: node:http hands each request on over kept connections, and pipes both bodies as they come.
import { Agent, createServer, type IncomingHttpHeaders, request } from "node:http";

const agent = new Agent({ keepAlive: true });
const { origin } = new URL(process.env.OPENAI_BASE_URL ?? "");

const aboutBody = (headers: IncomingHttpHeaders): Record<string, string> => {
  const { "content-type": type, "content-length": length } = headers;
  return { ...(type && { "content-type": type }), ...(length && { "content-length": length }) };
};

const server = createServer((incoming, outgoing) => {
  const { method, url } = incoming;
  const headers = { ...aboutBody(incoming.headers), authorization: "Bearer sk-bench" };
  const upstream = request(origin + url, { method, agent, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, aboutBody(answer.headers));
    answer.pipe(outgoing);
  });
  upstream.on("error", () => outgoing.destroy());
  incoming.pipe(upstream);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}\n`);
});

// An OpenAI that answers at once: a minted key of realistic size, and the identity provider's public keys.
import { createServer } from "node:http";

const minted = Buffer.from(
  JSON.stringify({
    value: "ek_68af296e8e408191a1120ab6383263c2",
    expires_at: 4102444800,
    session: {
      type: "realtime",
      object: "realtime.session",
      id: "sess_C9CiUVUzUzYIssh3ELY1d",
      model: "gpt-realtime-2.1",
      output_modalities: ["audio"],
      instructions: "You are a friendly assistant. ".repeat(20),
      tools: [],
      tool_choice: "auto",
      max_output_tokens: "inf",
      tracing: null,
      truncation: "auto",
      audio: {
        input: { format: { type: "audio/pcm", rate: 24000 }, turn_detection: { type: "semantic_vad" } },
        output: { format: { type: "audio/pcm", rate: 24000 }, voice: "marin", speed: 1 },
      },
    },
  }),
);
const jwks = process.argv[2] ?? "{}";

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    const body = request.url === "/jwks" ? jwks : minted;
    response.writeHead(200, { "content-type": "application/json", "x-request-id": "req_1" }).end(body);
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}\n`);
});

// A fake OpenAI: a minted key or chat completion of realistic size, and the identity provider's public keys. It answers at
// once, or DELAY_MS milliseconds after the request.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { asksForStream, completion, completionStream } from "./chat.ts";

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
const delayMs = Number(process.env.DELAY_MS ?? 0);

const json = { "content-type": "application/json", "x-request-id": "req_1" };
const eventStream = { ...json, "content-type": "text/event-stream; charset=utf-8" };

// One write in each turn of the event loop: writes of one turn leave together.
const stream = (response: ServerResponse, at = 0): void => {
  if (at === completionStream.length - 1) {
    response.end(completionStream[at]);
    return;
  }
  response.write(completionStream[at]);
  setImmediate(stream, response, at + 1);
};

const complete = (request: IncomingMessage, response: ServerResponse): void => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  const respond = () => {
    if (asksForStream(Buffer.concat(parts))) stream(response.writeHead(200, eventStream));
    else response.writeHead(200, json).end(completion);
  };
  request.on("end", () => {
    if (delayMs === 0) respond();
    else setTimeout(respond, delayMs);
  });
};

const server = createServer((request, response) => {
  if (request.url === "/v1/chat/completions") {
    complete(request, response);
    return;
  }
  request.resume();
  request.on("end", () => {
    response.writeHead(200, json).end(request.url === "/jwks" ? jwks : minted);
  });
});
// Connections stay open between two rounds.
server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}\n`);
});

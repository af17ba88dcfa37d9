// An OpenAI for long runs: it answers everything at once, and remembers nothing.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

const session = { id: "sess_1", type: "realtime", model: "gpt-realtime-2.1" };
const minted = JSON.stringify({ value: "ek_0123456789", expires_at: 2_000_000_000, session });
const chatted = JSON.stringify({ id: "chatcmpl-1", object: "chat.completion", choices: [] });
const piece = Buffer.alloc(64 * 1024, "a");
const LARGE = 64 * 1024 * 1024;

export interface PlainOpenAi extends AsyncDisposable {
  baseUrl: string;
}

/** A file's content is large, and comes as fast as it is read; a WebSocket says hello. */
export const startPlainOpenAi = async (): Promise<PlainOpenAi> => {
  const server = createServer((request, answer) => {
    request.resume();
    if (!request.url?.endsWith("/content")) {
      answer.writeHead(200, { "content-type": "application/json" });
      return void answer.end(request.url?.includes("client_secrets") ? minted : chatted);
    }
    answer.writeHead(200, { "content-type": "application/octet-stream", "content-length": LARGE });
    let sent = 0;
    const send = () => {
      while (sent < LARGE && !answer.destroyed) {
        sent += piece.length;
        if (!answer.write(piece)) return;
      }
      answer.end();
    };
    answer.on("drain", send);
    send();
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.send("hello");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
    },
  };
};

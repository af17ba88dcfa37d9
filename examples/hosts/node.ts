// Node's own server: what is not below /voice is the application's.
import { createServer } from "node:http";
import { createBroker } from "realtime-key-broker";
import { authenticate } from "./session.ts";

export const start = async (env: NodeJS.ProcessEnv) => {
  const broker = await createBroker({ settings: { base_path: "/voice" } }, { env, authenticate });
  const server = createServer((request, response) =>
    broker.listener(request, response, () => response.end("the application's own page")),
  );
  server.on("upgrade", (req, socket, head) => broker.upgrade(req, socket, head) || socket.destroy());
  server.listen(Number(env.PORT), "127.0.0.1");
  return { server, close: broker.close };
};

// Express: voice below /voice, for the application's signed-in users.
import express from "express";
import { createBroker } from "realtime-key-broker";
import { authenticate } from "./session.ts";

export const start = async (env: NodeJS.ProcessEnv) => {
  const broker = await createBroker({ settings: { base_path: "/voice" } }, { env, authenticate });
  const app = express().use("/voice", broker.listener).use(express.json());
  const server = app.listen(Number(env.PORT), "127.0.0.1");
  server.on("upgrade", (req, socket, head) => broker.upgrade(req, socket, head) || socket.destroy());
  return { server, close: broker.close };
};

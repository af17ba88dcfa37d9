// Fastify: voice below /voice. Bodies are left unread, as the broker reads them by itself.
import fastify from "fastify";
import { createBroker } from "realtime-key-broker";
import { authenticate } from "./session.ts";

export const start = async (env: NodeJS.ProcessEnv) => {
  const broker = await createBroker({ settings: { base_path: "/voice" } }, { env, authenticate });
  const app = fastify();
  app.register(async (voice) => {
    voice.removeAllContentTypeParsers();
    voice.addContentTypeParser("*", (_request, _body, done) => done(null));
    voice.all("/voice/*", (request, reply) => broker.listener(request.raw, reply.hijack().raw));
  });
  app.server.on("upgrade", (req, socket, head) => broker.upgrade(req, socket, head) || socket.destroy());
  await app.listen({ port: Number(env.PORT) });
  return { server: app.server, close: broker.close };
};

// Fastify: voice below /voice. Bodies are left unread, as the broker reads them by itself.
import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { createBroker } from "realtime-key-broker";
import { readSession } from "./session.ts";

export const start = async (env: NodeJS.ProcessEnv) => {
  const broker = await createBroker(
    { settings: { base_path: "/voice" } },
    { env, authenticate: readSession },
  );
  const answer = (request: FastifyRequest, reply: FastifyReply) => {
    reply.hijack();
    broker.listener(request.raw, reply.raw);
  };
  const app = fastify().register(async (voice) => {
    voice.removeAllContentTypeParsers();
    voice.addContentTypeParser("*", (_request, _body, done) => done(null));
    voice.all("/voice", answer).all("/voice/*", answer);
  });
  app.server.on(
    "upgrade",
    (request, socket, head) => broker.upgrade(request, socket, head) || socket.destroy(),
  );
  await app.listen({ port: Number(env.PORT) });
  return { server: app.server, close: broker.close };
};

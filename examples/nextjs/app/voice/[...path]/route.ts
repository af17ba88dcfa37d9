// Next.js: every address below /voice. The broker starts with the first request, not while Next builds.
import { type Broker, createBroker } from "realtime-key-broker";
import { authenticate } from "../../../../hosts/session.ts";

const shared = globalThis as { broker?: Promise<Broker> };
const settings = { base_path: "/voice", page: false };
const start = () => createBroker<Request>({ settings }, { env: process.env, authenticate });

const answer = async (request: Request): Promise<Response> => {
  shared.broker ??= start();
  // What stands in front of Next writes the caller's address; see docs/mounting.md.
  const address = request.headers.get("x-forwarded-for")?.split(",").at(-1)?.trim();
  return (await shared.broker).fetch(request, { address });
};

export { answer as DELETE, answer as GET, answer as PATCH, answer as POST, answer as PUT };

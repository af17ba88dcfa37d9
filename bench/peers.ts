// How the peers of more than one section are started.
import { type Program, start } from "./program.ts";

/** The service's features from off-the-shelf parts. With `remember`, each token is verified once. */
export const startOffTheShelf = (upstream: string, ...args: "remember"[]): Promise<Program> => {
  const env = { OPENAI_BASE_URL: `${upstream}/v1`, JWKS_URL: `${upstream}/jwks`, NODE_ENV: "production" };
  return start("peers/off-the-shelf.ts", args, env);
};

/** The least that relays chat completions. */
export const startBareRelay = (upstream: string, env: Record<string, string> = {}): Promise<Program> =>
  start("peers/bare-chat-relay.ts", [], { OPENAI_BASE_URL: `${upstream}/v1`, ...env });

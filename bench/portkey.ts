// Portkey's gateway in its best configuration: without its console, and over an older server than npm would choose
// (package.json), on which it is no slower: with the newest it answers 500 to requests for a stream.
import { freePort } from "./ports.ts";
import { launch, type Program } from "./program.ts";

/** Starts it. It relays to where each request says. */
export const startPortkey = async (): Promise<Program> => {
  const port = await freePort();
  return launch({
    command: process.execPath,
    args: ["node_modules/@portkey-ai/gateway/build/start-server.js", `--port=${port}`, "--headless"],
    env: { NODE_ENV: "production" },
    port,
    muted: true,
  });
};

/** What each of its requests has to say. */
export const portkeyHeaders = (upstream: string): Record<string, string> => ({
  "x-portkey-provider": "openai",
  "x-portkey-custom-host": `${upstream}/v1`,
});

// The emulator's command: options and environment in, a running emulator and how to use it out.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Emulator, type EmulatorOptions, startEmulator } from "./emulator.ts";
import { OpenAiError } from "./http/openai-error.ts";
import { accept } from "./http/refusal.ts";
import { scriptRequest, type Turn } from "./script/script.ts";

const options = {
  port: { type: "string" },
  host: { type: "string" },
  "api-key": { type: "string" },
  script: { type: "string" },
  "tls-key": { type: "string" },
  "tls-cert": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const HELP = `A local OpenAI for tests: Realtime (WebRTC and WebSocket), GPT-Live, text, recordings and images; no key, no network, no bill.

  --port 8788         where to listen (PORT); 0 takes a free port
  --host 127.0.0.1    0.0.0.0 for other machines and containers (HOST)
  --api-key KEY       the only key to accept (EMULATOR_API_KEY); without it every key that begins with sk-
  --script FILE       what the model is to say and call, as JSON: {"turns": [{"hears": "…", "says": "…"}]}
  --tls-key FILE      with --tls-cert, https: and wss: (EMULATOR_TLS_KEY, EMULATOR_TLS_CERT)

What it can do, and how a test tells it what to say and to fail: docs/emulator.md
`;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Runs the command and writes how to use what was started. Undefined where there was nothing to start, after `--help`. Throws an
 * Error with a sentence for the user where an option is wrong.
 */
export const runEmulator = async (
  args: readonly string[],
  env: Environment,
  write: (text: string) => void,
): Promise<Emulator | undefined> => {
  const given = readArguments(args);
  if (given.help) {
    write(HELP);
    return undefined;
  }
  const port = readPort(given.port ?? (env.PORT || "8788"));
  const host = given.host ?? (env.HOST || "127.0.0.1");
  const apiKey = given["api-key"] ?? env.EMULATOR_API_KEY;
  const tls = await readTls(
    given["tls-key"] ?? env.EMULATOR_TLS_KEY,
    given["tls-cert"] ?? env.EMULATOR_TLS_CERT,
  );
  const turns = given.script === undefined ? [] : await readScript(given.script);
  const emulator = await start({ port, host, turns, ...(tls && { tls }), ...(apiKey && { apiKey }) });
  write(usageOf(emulator.baseUrl, Boolean(apiKey)));
  return emulator;
};

const readArguments = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : String(cause)}; --help shows the options`, {
      cause,
    });
  }
};

const readPort = (text: string): number => {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Error(`port: must be a number from 0 to 65535, not ${JSON.stringify(text)}`);
};

const readTls = async (key: string | undefined, cert: string | undefined) => {
  if (!key && !cert) return undefined;
  if (!key || !cert) throw new Error("--tls-key and --tls-cert: each needs the other");
  return { key: await read("--tls-key", key), cert: await read("--tls-cert", cert) };
};

const readScript = async (path: string): Promise<readonly Turn[]> => {
  const text = await read("--script", path);
  try {
    return accept(scriptRequest, JSON.parse(text)).turns;
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new Error(`--script: ${path} is not JSON`, { cause });
    if (cause instanceof OpenAiError) throw new Error(`--script: ${path}: ${cause.message}`, { cause });
    throw cause;
  }
};

const read = async (option: string, path: string): Promise<string> => {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new Error(`${option}: the file ${path} cannot be read`, { cause });
  }
};

const start = async (options: EmulatorOptions): Promise<Emulator> => {
  try {
    return await startEmulator(options);
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (code === "EADDRINUSE")
      throw new Error(`port ${options.port} is in use: choose another with --port`, { cause });
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      throw new Error(`host: ${options.host} is no address of this machine`, { cause });
    throw cause;
  }
};

const usageOf = (baseUrl: string, hasKey: boolean): string => {
  const control = new URL("/emulator", baseUrl).href;
  return `OpenAI emulator on ${baseUrl}

  servers:   OPENAI_BASE_URL=${baseUrl} OPENAI_API_KEY=${hasKey ? "(the key you set)" : "sk-anything"}
  browsers:  post the SDP offer to ${baseUrl}/realtime/calls with an ek_ key of POST ${baseUrl}/realtime/client_secrets
  to say:    curl -X PUT ${control}/script -d '{"turns": [{"says": "Hello from the test."}]}'
  to fail:   curl -X POST ${control}/faults -d '{"path": "/v1/*", "status": 503, "times": 2}'
  seen:      curl ${control}/requests    curl ${control}/calls

Ctrl-C ends it.
`;
};

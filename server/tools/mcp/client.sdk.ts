// An MCP client over the protocol's own SDK: streamable HTTP, or a program's standard input and output.
import {
  Client,
  type JsonSchemaValidatorResult,
  type jsonSchemaValidator,
  ProtocolError,
  SdkHttpError,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import type { Secret } from "../../secret.ts";
import { withoutQuoted } from "../api-refusal.ts";
import { wordsIn } from "./answer.ts";
import { type ConnectMcp, type McpClient, McpRefusal, McpSessionLost } from "./client.ts";
import type { McpServerConfig } from "./servers.ts";

/** One message of the server's, and all of one HTTP answer. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
/** A program may have to be fetched by `npx` first. */
const CONNECT_TIMEOUT_MS = 30_000;
/** Pages of the list of tools, each of which may have as many bytes as a message. */
const MAX_PAGES = 16;
/** The end of what a program wrote to its standard error, for the log. */
const MAX_COMPLAINT = 1000;

interface ConnectPorts {
  fetch: typeof globalThis.fetch;
  /** Where a program is started: the folder of broker.yaml. */
  folder: string;
}

/** How to connect to a configured server. */
export const connectMcp =
  (config: McpServerConfig, ports: ConnectPorts): ConnectMcp =>
  async (onClose, signal) => {
    const secrets = { ...revealed(config.headers), ...revealed(config.env) };
    const explain = (error: unknown, complaint: string): Error => {
      const text = error instanceof Error ? error.message : String(error);
      const cause = complaint === "" ? {} : { cause: new Error(complaint) };
      return new Error(withoutQuoted(text, Object.values(secrets)), cause);
    };
    const { transport, complaint } = transportOf(config, secrets, ports);
    const readComplaint = () => withoutQuoted(complaint(), Object.values(secrets)).trim();
    // Asking for nothing: no elicitation, no sampling. What a server says of its results needs no check here.
    const client = new Client(
      { name: "realtime-key-broker", version: "0.1.0" },
      {
        versionNegotiation: { mode: "auto" },
        inputRequired: { autoFulfill: false },
        listMaxPages: MAX_PAGES,
        jsonSchemaValidator: unchecked,
      },
    );
    let isOpen = true;
    client.onclose = () => {
      if (isOpen) onClose(readComplaint() || "the connection was closed");
    };
    const close = async () => {
      isOpen = false;
      await client.close();
    };
    let ending: Promise<void> | undefined;
    // Only the first end of a program waits until it is gone.
    const end = () => {
      isOpen = false;
      ending ??= transport.close().catch(() => {});
      return ending;
    };
    signal.addEventListener("abort", end);
    try {
      signal.throwIfAborted();
      await client.connect(transport, { timeout: CONNECT_TIMEOUT_MS, maxTotalTimeout: CONNECT_TIMEOUT_MS });
      signal.throwIfAborted();
    } catch (error) {
      await end();
      throw explain(error, readComplaint());
    } finally {
      signal.removeEventListener("abort", end);
    }
    return { ...callsOver(client, (error) => explain(error, "")), close };
  };

const callsOver = (client: Client, explain: (error: unknown) => Error): Omit<McpClient, "close"> => ({
  listTools: async ({ signal, timeoutMs }) => {
    try {
      const options = { signal, timeout: timeoutMs, cacheMode: "refresh" } as const;
      const { tools } = await client.listTools(undefined, options);
      return tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
    } catch (error) {
      throw explain(error);
    }
  },
  callTool: async (name, args, { signal, timeoutMs, traceFields }) => {
    try {
      const meta = traceFields && { _meta: traceFields };
      const result = await client.callTool(
        { name, arguments: args, ...meta },
        { signal, timeout: timeoutMs },
      );
      const { isError = false, content, structuredContent: structured } = result;
      // A program that cannot reach its database may say so with the whole address.
      const words = () => [{ type: "text", text: explain(new Error(wordsIn(content))).message }];
      return { isError, content: isError ? words() : content, structured };
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof ProtocolError && error.code === INVALID_PARAMS)
        throw new McpRefusal(explain(error).message);
      if (error instanceof SdkHttpError && error.status === 404)
        throw new McpSessionLost(explain(error).message);
      throw explain(error);
    }
  },
});

const INVALID_PARAMS = -32602;

const unchecked: jsonSchemaValidator = {
  getValidator:
    <T>() =>
    (input: unknown): JsonSchemaValidatorResult<T> => ({
      valid: true,
      data: input as T,
      errorMessage: undefined,
    }),
};

const revealed = (values: Readonly<Record<string, Secret>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.reveal()]));

const transportOf = (
  config: McpServerConfig,
  secrets: Record<string, string>,
  { fetch, folder }: ConnectPorts,
) => {
  if (config.url !== undefined) {
    const options = { fetch: bounded(fetch), requestInit: { headers: secrets } };
    return {
      transport: new StreamableHTTPClientTransport(new URL(config.url), options),
      complaint: () => "",
    };
  }
  const transport = new StdioClientTransport({
    command: config.command ?? "",
    args: config.args ?? [],
    env: secrets,
    cwd: folder,
    stderr: "pipe",
    maxBufferSize: MAX_MESSAGE_BYTES,
  });
  let complaint = "";
  transport.stderr?.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString("utf8")).slice(-MAX_COMPLAINT);
  });
  return { transport, complaint: () => complaint };
};

/** No more than one message's bytes in an answer; and no stream beside the calls, as tools are listed anew every minute. */
const bounded =
  (fetch: typeof globalThis.fetch) =>
  async (url: string | URL, init?: RequestInit): Promise<Response> => {
    if (init?.method === "GET") return new Response(undefined, { status: 405 });
    const response = await fetch(url, init);
    let size = 0;
    const count = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        size += chunk.byteLength;
        if (size > MAX_MESSAGE_BYTES)
          controller.error(new Error(`the answer has more than ${MAX_MESSAGE_BYTES} bytes`));
        else controller.enqueue(chunk);
      },
    });
    const { status, statusText, headers } = response;
    return new Response(response.body?.pipeThrough(count), { status, statusText, headers });
  };

// Keeps the connection to one MCP server: connects, comes back after a loss, and looks for changed tools.
import type { Timers } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import { describeCause } from "../../observe/describe-error.ts";
import type { Log } from "../../observe/log.ts";
import type { Answer, Tool, ToolContext } from "../tool.ts";
import { answerOf } from "./answer.ts";
import { type ConnectMcp, type McpClient, McpRefusal, McpSessionLost } from "./client.ts";
import { remoteTools } from "./remote-tools.ts";
import type { McpServerConfig } from "./servers.ts";

/** How long after a loss it tries again: doubled each time, up to the longest. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;
/** How often it lists the tools anew. A server that does not list them counts as lost. */
const REFRESH_MS = 60_000;
/** How long it waits for a list at least. */
const LIST_TIMEOUT_MS = 30_000;

export interface McpPorts {
  connect: ConnectMcp;
  timers: Pick<Timers, "after">;
  /** From 0 up to 1: replicas must not come back in step. */
  random(): number;
  log: Log;
  /** Called when the server's tools have changed. */
  onTools(tools: readonly Tool[]): void;
}

export class McpConnection {
  /** Those of the last list; kept through a loss, so that a restart of the server takes no tool from a session. */
  tools: readonly Tool[] = [];
  readonly #name: string;
  readonly #config: McpServerConfig;
  readonly #ports: McpPorts;
  #client: McpClient | undefined;
  readonly #retired = new Set<McpClient>();
  #connecting: Promise<void> | undefined;
  #stopTimer = () => {};
  #stopRetiring = () => {};
  #isRetired = false;
  #losses = 0;
  #listed = "";
  readonly #closing = new AbortController();

  constructor(name: string, config: McpServerConfig, ports: McpPorts) {
    this.#name = name;
    this.#config = config;
    this.#ports = ports;
  }

  /** Resolves when an attempt has ended, well or not; attempts go on until `close`. */
  async open(): Promise<void> {
    if (this.#isClosed || this.#client) return;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    await this.#connecting;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#stopTimer();
    this.#stopRetiring();
    await this.#connecting;
    await Promise.all([this.#drop(), ...[...this.#retired].map((client) => client.close().catch(() => {}))]);
  }

  /** Closes it when the calls that are under way have had their time; `onClosed` is called then. It is not connected again. */
  retire(onClosed: () => void): void {
    this.#isRetired = true;
    this.#stopTimer();
    this.#stopRetiring = this.#ports.timers.after(this.#config.timeout_ms, () => {
      onClosed();
      void this.close();
    });
  }

  async #connect(): Promise<void> {
    this.#stopTimer();
    let client: McpClient | undefined;
    try {
      client = await this.#ports.connect((reason) => {
        if (client === undefined || this.#client !== client) return;
        this.#client = undefined;
        this.#retryLater("mcp server lost", new Error(reason));
      }, this.#closing.signal);
      this.#client = client;
      this.#use(await this.#list(client));
      this.#refreshLater();
    } catch (error) {
      // Where the connection ended by itself, that was told already.
      if (client !== this.#client) return;
      await this.#drop();
      this.#retryLater("mcp server cannot be reached", error);
    }
  }

  async #refresh(): Promise<void> {
    const client = this.#client;
    try {
      if (client) this.#use(await this.#list(client));
      // Only now: a program that ends as soon as it is there must not be started every second.
      this.#losses = 0;
      this.#refreshLater();
    } catch (error) {
      if (client !== this.#client) return;
      await this.#drop();
      this.#retryLater("mcp server lost", error);
    }
  }

  #list(client: McpClient): ReturnType<McpClient["listTools"]> {
    // A program may do one thing after another: a long call must not have it taken for lost, with all calls over it.
    const timeoutMs = Math.max(LIST_TIMEOUT_MS, this.#config.timeout_ms);
    return client.listTools({ signal: this.#closing.signal, timeoutMs });
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #refreshLater(): void {
    if (!this.#isClosed && !this.#isRetired)
      this.#stopTimer = this.#ports.timers.after(REFRESH_MS, () => void this.#refresh());
  }

  #retryLater(event: string, error: unknown): void {
    if (this.#isClosed || this.#isRetired) return;
    const ms =
      Math.min(FIRST_RETRY_MS * 2 ** this.#losses, LONGEST_RETRY_MS) * (0.5 + this.#ports.random() / 2);
    this.#losses += 1;
    const retry = { retry_in_seconds: Math.ceil(ms / 1000) };
    this.#ports.log.write("warn", event, { server: this.#name, ...retry, cause: describeCause(error) });
    this.#stopTimer();
    this.#stopTimer = this.#ports.timers.after(ms, () => void this.open());
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.close().catch(() => {});
  }

  #use(listed: Parameters<typeof remoteTools>[2]): void {
    const text = JSON.stringify(listed);
    if (text === this.#listed) return;
    this.#listed = text;
    const { tools, leftOut } = remoteTools(this.#name, this.#config, listed, (...call) =>
      this.#call(...call),
    );
    this.tools = tools;
    const { log, onTools } = this.#ports;
    log.write("info", "mcp server's tools", { server: this.#name, tools: tools.map(({ name }) => name) });
    if (leftOut.length > 0)
      log.write("warn", "mcp tools left out", { server: this.#name, left_out: leftOut });
    onTools(tools);
  }

  async #call(name: string, args: Record<string, unknown>, context: ToolContext): Promise<Answer> {
    const { signal, traceFields } = context;
    const options = { signal, timeoutMs: this.#config.timeout_ms, traceFields };
    const client = this.#connected();
    try {
      return answerOf(await client.callTool(name, args, options));
    } catch (error) {
      if (error instanceof McpRefusal) return { error: error.message };
      if (!(error instanceof McpSessionLost)) throw error;
    }
    // Nothing ran in a session that is not there, so the call may be sent again in a new one.
    if (this.#client === client) this.#retire(client);
    await this.open();
    return answerOf(await this.#connected().callTool(name, args, options));
  }

  /** Gives it up, and closes it when the calls of others over it have ended by themselves. */
  #retire(client: McpClient): void {
    this.#client = undefined;
    this.#retired.add(client);
    this.#ports.timers.after(this.#config.timeout_ms, () => {
      this.#retired.delete(client);
      void client.close().catch(() => {});
    });
  }

  #connected(): McpClient {
    if (this.#client) return this.#client;
    const cause = new Error(`there is no connection to the MCP server ${this.#name} now`);
    throw new Failure("tool-failed", `The server behind this tool cannot be reached.`, { cause });
  }
}

// The port to one MCP server: what it offers, calling it, and its end.

/** A tool as the server lists it. */
export interface RemoteTool {
  name: string;
  description: string | undefined;
  inputSchema: Record<string, unknown>;
}

/** What a call brought, as the protocol has it. */
export interface RemoteResult {
  isError: boolean;
  content: readonly Record<string, unknown>[];
  structured: unknown;
}

export interface RequestBounds {
  signal: AbortSignal;
  timeoutMs: number;
}

export interface CallOptions extends RequestBounds {
  /** With which the server goes on with the request's trace. */
  traceFields?: Readonly<Record<string, string>> | undefined;
}

export interface McpClient {
  /** All pages together; the time is that of each page. */
  listTools(options: RequestBounds): Promise<RemoteTool[]>;
  /** Rejects with `McpRefusal`, `McpSessionLost`, or any other error where the server did not answer. */
  callTool(name: string, args: Record<string, unknown>, options: CallOptions): Promise<RemoteResult>;
  close(): Promise<void>;
}

/**
 * Connects; `onClose` is called once when the connection ends by itself. Rejects when the server cannot be had in time, or when
 * `signal` aborts before, and then has ended what it began.
 */
export type ConnectMcp = (onClose: (reason: string) => void, signal: AbortSignal) => Promise<McpClient>;

/** The server took the call for wrong, in words for the model. */
export class McpRefusal extends Error {}

/** The server does not know the session any more, and ran nothing. */
export class McpSessionLost extends Error {}

// What the client uses of OpenAI's Agents SDK, as types: the package stays the page's own dependency.

export interface AgentsTransport {
  sendEvent(event: { type: "session.update"; session: Record<string, unknown> }): void;
  updateSessionConfig(config: object): void;
}

/** The transports over WebRTC and WebSocket also have these. */
export interface OpenAiTransport extends AgentsTransport {
  buildSessionPayload(config: object): Record<string, unknown>;
  _updateTracingConfig?(tracing: unknown): void;
}

/** A `RealtimeSession`. */
export interface AgentsSession {
  initialAgent: { tools: readonly { name: string }[] };
  options: { config?: object };
  transport: AgentsTransport;
}

/** A `RealtimeSession`, as one that tells OpenAI's events. */
export interface AgentsEvents {
  on(name: "transport_event", listener: (event: { type: string }) => void): unknown;
}

/** What the SDK's `tool()` is given. */
export interface AgentsToolOptions {
  name: string;
  description: string;
  parameters: {
    type: "object";
    properties: Record<string, never>;
    required: string[];
    additionalProperties: true;
  };
  strict: false;
  execute(input: unknown, context?: unknown, details?: { signal?: AbortSignal }): Promise<string>;
}

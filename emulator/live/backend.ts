// The model behind the voice: one response after the other within a delegation, its calls, their answers and its usage.
import { textTokens } from "../conversation/usage.ts";
import { OpenAiError } from "../http/openai-error.ts";
import { backendUsage, type Outcome, responseEvents } from "./response-events.ts";
import { causedBy, type SendLive } from "./server-events.ts";
import type { SessionMeter } from "./session-meter.ts";
import type { ResponsesDelegation } from "./session-schema.ts";

export interface BackendPorts {
  send: SendLive;
  randomId(prefix: string): string;
  wait(ms: number, signal: AbortSignal): Promise<void>;
  now(): number;
  elapsedMs(): number;
  meter: SessionMeter;
  /** Ends with the session. */
  signal: AbortSignal;
}

// About as fast as a small model writes.
const EVENT_MS = 5;

export class Backend {
  readonly #ports: BackendPorts;
  #delegationId: string | undefined;
  #active = false;
  /** The outputs of the latest response's calls, by `call_id`; undefined where one is missing. */
  #outputs = new Map<string, string | undefined>();
  #contextTokens = 0;
  #responses = 0;

  constructor(ports: BackendPorts) {
    this.#ports = ports;
  }

  /** Whether it generates, or waits for the outputs of its calls. */
  get busy(): boolean {
    return this.#active || this.#outputs.size > 0;
  }

  /** Counts what is said as input of the next response. */
  addContext(text: string): void {
    this.#contextTokens += textTokens(text);
  }

  /** A new delegation; resolves when its first response has ended. */
  async delegate(
    responses: ResponsesDelegation,
    outcome: Outcome,
    clientEventId?: string | null,
  ): Promise<void> {
    const { send, randomId, elapsedMs } = this.#ports;
    const id = randomId("resp");
    this.#delegationId = randomId("dlg");
    send({
      type: "session.delegation.created",
      ...causedBy(clientEventId),
      offset_ms: Math.round(elapsedMs()),
      delegation: { type: "delegation", id: this.#delegationId, target: "responses", response_id: id },
    });
    await this.#respond(id, responses, outcome, clientEventId);
  }

  /** The next response of the delegation, or the first of a new one where there is none. */
  async goOn(responses: ResponsesDelegation, outcome: Outcome, clientEventId?: string | null): Promise<void> {
    if (this.#delegationId === undefined) await this.delegate(responses, outcome, clientEventId);
    else await this.#respond(this.#ports.randomId("resp"), responses, outcome, clientEventId);
  }

  /** The output of a call; throws where no such call is open. */
  answer(callId: string, output: string): void {
    if (!this.#outputs.has(callId)) {
      const message = `No tool call found for function call output with call_id ${callId}.`;
      throw new OpenAiError(400, "invalid_value", message, "item.call_id");
    }
    if (this.#outputs.get(callId) !== undefined) {
      const message = `The call ${callId} has an output already.`;
      throw new OpenAiError(400, "invalid_value", message, "item.call_id");
    }
    this.#outputs.set(callId, output);
  }

  /** The outputs of all calls, which are answered with it; throws where one is missing, or a response is active. */
  takeOutputs(): string[] {
    if (this.#active) {
      const message = "The session has an active response. Wait until it is completed.";
      throw new OpenAiError(400, "conversation_already_has_active_response", message);
    }
    for (const [callId, output] of this.#outputs) {
      if (output !== undefined) continue;
      const message = `No tool output found for function call ${callId}.`;
      throw new OpenAiError(400, "missing_tool_output", message, "item.call_id");
    }
    const outputs = [...this.#outputs.values()].filter((output) => output !== undefined);
    this.#outputs = new Map();
    for (const output of outputs) this.addContext(output);
    return outputs;
  }

  async #respond(
    id: string,
    responses: ResponsesDelegation,
    outcome: Outcome,
    clientEventId: string | null | undefined,
  ): Promise<void> {
    const { send, randomId, wait, now, meter, signal } = this.#ports;
    this.#active = true;
    const usage =
      "fails" in outcome ? null : backendUsage(responses, outcome, this.#contextTokens, this.#responses);
    const created = Math.floor(now() / 1000);
    const { events, callIds } = responseEvents({ id, created, responses, outcome, usage, randomId });
    const delegation = { ...causedBy(clientEventId), delegation_id: this.#delegationId ?? null };
    // A call may be answered before its response is completed; only then may the next one be asked for.
    this.#outputs = new Map(callIds.map((callId) => [callId, undefined]));
    for (const event of events.slice(0, -1)) {
      if (signal.aborted) return;
      send({ type: "response.event", ...delegation, event });
      await wait(EVENT_MS, signal).catch(() => undefined);
    }
    if (signal.aborted) return;
    this.#active = false;
    this.#responses += 1;
    this.#contextTokens += usage?.output_tokens ?? 0;
    // Counted with the event that tells it: both counts agree wherever the session ends.
    meter.countResponse({ id, status: usage ? "completed" : "failed", model: responses.model, usage });
    for (const event of events.slice(-1)) send({ type: "response.event", ...delegation, event });
  }
}

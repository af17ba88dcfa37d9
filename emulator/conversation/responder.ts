// Responses to turns: one at a time, cancelled when the user speaks or the client asks for it.
import type { RealtimeResponseUsage } from "openai/resources/realtime/realtime";
import { OpenAiError } from "../http/openai-error.ts";
import type { Prompter, Situation } from "../script/prompter.ts";
import type { RealtimeSession } from "../session/session.ts";
import { Answer, type AnswerPorts } from "./answer.ts";
import type { ResponseParams } from "./client-events.ts";
import type { Item, Items } from "./items.ts";
import { type MadeResponse, MadeResponses } from "./made-responses.ts";
import { interruptPlayback } from "./playback.ts";
import { type Consumption, countUsage, type InputTokens } from "./usage.ts";

export interface ResponderPorts extends AnswerPorts {
  items: Items;
  prompter: Prompter;
  conversationId: string;
  heardMs(): number;
  hangUp(): void;
  /** Called with defects inside a response. */
  broke(reason: unknown): void;
}

// Time for the last events to arrive before the connection is closed.
const GOODBYE_MS = 150;

export class Responder {
  readonly #ports: ResponderPorts;
  readonly #aside = new Set<Answer>();
  readonly #over = new AbortController();
  #active: Answer | undefined;
  #waiting: (() => void) | undefined;
  #spoken = false;
  readonly #made = new MadeResponses();
  #lastInput: InputTokens | undefined;
  #askedCalls: string[] = [];
  #readUpTo: string | undefined;

  constructor(ports: ResponderPorts) {
    this.#ports = ports;
  }

  get responses(): readonly MadeResponse[] {
    return this.#made.all;
  }

  /** Whether the session's voice was used, after which it may not change. */
  get hasSpoken(): boolean {
    return this.#spoken;
  }

  /** Whether the model speaks, or is about to. */
  get answering(): boolean {
    return this.#active !== undefined || this.#ports.loudspeaker.playing;
  }

  /** Responds to a spoken turn: now, or as soon as the active response is done. */
  respondToTurn(session: () => RealtimeSession): void {
    if (this.#active) this.#waiting = () => this.respond(session());
    else this.respond(session());
  }

  /** Starts a response, for `response.create` or the end of a spoken turn. */
  respond(session: RealtimeSession, params: ResponseParams = {}): void {
    const aside = params.conversation === "none";
    if (!aside && this.#active) {
      throw new OpenAiError(
        400,
        "conversation_already_has_active_response",
        `Conversation already has an active response in progress: ${this.#active.id}. Wait until the response is finished before creating a new one.`,
      );
    }
    const situation = this.#situation(session, params);
    const plan = aside ? this.#ports.prompter.planAside(situation) : this.#ports.prompter.plan(situation);
    if (plan.softError !== undefined) this.#sendSoftError(plan.softError);
    const read = [...this.#ports.items.all];
    const modality = (params.output_modalities ?? session.output_modalities)[0] ?? "audio";
    this.#spoken ||= modality === "audio";
    const voice = params.audio?.output?.voice ?? session.audio.output.voice;
    const instructions = params.instructions ?? session.instructions;
    const answer = new Answer(this.#ports, {
      plan,
      conversationId: aside ? undefined : this.#ports.conversationId,
      modality,
      format: params.audio?.output?.format ?? session.audio.output.format,
      voice: typeof voice === "string" ? voice : voice.id,
      maxOutputTokens: params.max_output_tokens ?? session.max_output_tokens,
      metadata: params.metadata ?? null,
      addItem: (item) => (aside ? undefined : this.#addItem(item)),
      settleItem: (item) => (aside ? undefined : this.#settleItem(item)),
      countUsage: (output, spokenMs) =>
        this.#usage({ instructions, tools: situation.tools, items: read, output, spokenMs }),
      finished: (done) => this.#finished(done, aside),
    });
    this.#made.add(answer.id, instructions, situation.tools);
    if (aside) this.#aside.add(answer);
    else this.#begin(answer, read);
    answer.run().catch(this.#ports.broke);
  }

  /** Cancels the active response at the client's request; throws where there is none. */
  cancel(responseId: string | null | undefined): void {
    const answer =
      responseId == null
        ? this.#active
        : [this.#active, ...this.#aside].find((candidate) => candidate?.id === responseId);
    if (!answer) {
      throw new OpenAiError(
        400,
        "response_cancel_not_active",
        "Cancellation failed: no active response found",
      );
    }
    answer.cancel("client_cancelled");
  }

  /** The user speaks: cancels the active response. */
  interrupt(): void {
    this.#active?.cancel("turn_detected");
    interruptPlayback(this.#ports);
  }

  /** Ends all without an event. */
  abandon(): void {
    this.#over.abort();
    this.#waiting = undefined;
    for (const answer of [this.#active, ...this.#aside]) answer?.abandon();
    this.#active = undefined;
    this.#aside.clear();
    this.#ports.loudspeaker.silence();
  }

  #begin(answer: Answer, read: readonly Item[]): void {
    this.#active = answer;
    this.#readUpTo = read.at(-1)?.id;
  }

  #situation(session: RealtimeSession, params: ResponseParams): Situation {
    const items = this.#ports.items.all;
    const read = items.findIndex(({ id }) => id === this.#readUpTo);
    const isUnread = (index: number) => index > read;
    return {
      tools: params.tools ?? session.tools,
      toolChoice: params.tool_choice ?? session.tool_choice,
      userSpoke: items.some((item, i) => isUnread(i) && item.type === "message" && item.role === "user"),
      answers: items.flatMap((item, i) =>
        isUnread(i) && item.type === "function_call_output" && this.#askedCalls.includes(item.call_id)
          ? [item.output]
          : [],
      ),
    };
  }

  #finished(answer: Answer, aside: boolean): void {
    if (aside) {
      this.#aside.delete(answer);
      return;
    }
    if (this.#active === answer) this.#active = undefined;
    this.#askedCalls = [...this.#askedCalls, ...answer.callIds];
    if (answer.plan.hangUp) this.#ports.loudspeaker.afterwards(() => this.#hangUpSoon());
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  #hangUpSoon(): void {
    const { wait, hangUp } = this.#ports;
    wait(GOODBYE_MS, this.#over.signal).then(hangUp, () => undefined);
  }

  #addItem(item: Item): void {
    const previous = this.#ports.items.add(item);
    this.#ports.send({ type: "conversation.item.added", previous_item_id: previous, item });
  }

  #settleItem(item: Item): void {
    const { items, send } = this.#ports;
    items.replace(item);
    send({ type: "conversation.item.done", previous_item_id: items.previousOf(item.id), item });
  }

  #usage(consumption: Omit<Consumption, "heardMs" | "cached">): RealtimeResponseUsage {
    const cached = this.#lastInput;
    const usage = countUsage({ ...consumption, heardMs: this.#ports.heardMs(), cached });
    this.#lastInput = usage.input_token_details;
    return usage;
  }

  #sendSoftError(message: string): void {
    this.#ports.send({
      type: "error",
      error: { type: "server_error", code: "emulated", message, param: null },
    });
  }
}

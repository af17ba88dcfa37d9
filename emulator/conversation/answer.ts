// One response: sends a plan's events one by one, and can be cancelled at any moment.
import type { RealtimeResponse } from "openai/resources/realtime/realtime";
import type { Part, Plan } from "../script/prompter.ts";
import type { AudioFormat } from "../session/session-schema.ts";
import type { Speech } from "../speech/clips.ts";
import { openCall } from "./call-draft.ts";
import type { Send } from "./events.ts";
import type { Item } from "./items.ts";
import type { Loudspeaker } from "./loudspeaker.ts";
import { openMessage } from "./message-draft.ts";
import { noUsage } from "./usage.ts";

export interface AnswerPorts {
  send: Send;
  randomId(prefix: string): string;
  speechFor(text: string): Speech;
  loudspeaker: Loudspeaker;
  /** Resolves after `ms`; rejects when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export interface AnswerOptions {
  plan: Plan;
  /** Absent for a response outside the conversation. */
  conversationId: string | undefined;
  modality: "audio" | "text";
  format: AudioFormat;
  voice: string;
  maxOutputTokens: number | "inf";
  metadata: Record<string, string> | null;
  addItem(item: Item): void;
  settleItem(item: Item): void;
  countUsage(output: readonly Item[], spokenMs: number): NonNullable<RealtimeResponse["usage"]>;
  finished(answer: Answer): void;
}

/** The item that is being generated. */
interface Draft {
  close(status: "completed" | "incomplete"): Item;
}

export type Cancellation = "turn_detected" | "client_cancelled";

// About half a word, so that arguments arrive in several deltas, as at OpenAI.
const ARGUMENT_PIECE = 16;
const TOKEN_MS = 10;

export class Answer {
  readonly id: string;
  readonly #ports: AnswerPorts;
  readonly #options: AnswerOptions;
  readonly #stop = new AbortController();
  #output: Item[] = [];
  #draft: Draft | undefined;
  #spokenMs = 0;

  constructor(ports: AnswerPorts, options: AnswerOptions) {
    this.id = ports.randomId("resp");
    this.#ports = ports;
    this.#options = options;
  }

  get plan(): Plan {
    return this.#options.plan;
  }

  /** Ids of the calls this response has asked for. */
  get callIds(): string[] {
    return this.#output.flatMap((item) =>
      item.type === "function_call" && item.call_id ? item.call_id : [],
    );
  }

  async run(): Promise<void> {
    const { send } = this.#ports;
    send({ type: "response.created", response: this.#describe("in_progress") });
    send({ type: "rate_limits.updated", rate_limits: rateLimits });
    const { fails } = this.#options.plan;
    if (fails !== undefined) {
      const error = { type: fails, code: fails, message: `The response failed: ${fails}.` };
      this.#finish({ ...this.#describe("failed"), status_details: { type: "failed", error } });
      return;
    }
    try {
      for (const part of this.#options.plan.parts) await this.#carryOut(part);
    } catch (reason) {
      // A cancelled response has already sent its last event.
      if (this.#stop.signal.aborted) return;
      throw reason;
    }
    this.#finish(this.#describe("completed"));
  }

  /** Cancels the response at once. */
  cancel(reason: Cancellation): void {
    this.#stop.abort();
    const cut = this.#draft?.close("incomplete");
    if (cut) this.#output.push(cut);
    this.#draft = undefined;
    this.#finish({ ...this.#describe("cancelled"), status_details: { type: "cancelled", reason } });
  }

  /** Ends without an event, because the client has gone. */
  abandon(): void {
    this.#stop.abort();
  }

  #finish(response: RealtimeResponse): void {
    // OpenAI counts nothing for a response that failed.
    const usage =
      response.status === "failed" ? noUsage : this.#options.countUsage(this.#output, this.#spokenMs);
    this.#ports.send({ type: "response.done", response: { ...response, usage } });
    this.#options.finished(this);
  }

  async #carryOut(part: Part): Promise<void> {
    if ("call" in part) await this.#call(part.call.name, part.call.arguments);
    else await this.#say(part.say);
  }

  async #say(text: string): Promise<void> {
    const { loudspeaker, speechFor } = this.#ports;
    const { modality, format } = this.#options;
    const draft = openMessage(this.#ports, {
      ...this.#options,
      responseId: this.id,
      outputIndex: this.#output.length,
    });
    this.#draft = draft;
    const words = text.match(/\S+\s*/g) ?? [text];
    const speech = modality === "audio" ? speechFor(text) : undefined;
    const place = { responseId: this.id, itemId: draft.itemId, contentIndex: 0 };
    const pieces = speech ? loudspeaker.play(place, speech, format) : [];
    const pauseMs = speech ? (speech.durationMs * loudspeaker.pace) / words.length : TOKEN_MS;
    for (const [index, word] of words.entries()) {
      draft.addText(word);
      for (const piece of pieces.splice(0, Math.ceil(pieces.length / (words.length - index))))
        draft.addAudio(piece);
      await this.#ports.wait(pauseMs, this.#stop.signal);
      this.#spokenMs += (speech?.durationMs ?? 0) / words.length;
    }
    this.#complete(draft);
  }

  async #call(name: string, args: string): Promise<void> {
    const draft = openCall(this.#ports, {
      ...this.#options,
      responseId: this.id,
      outputIndex: this.#output.length,
      name,
    });
    this.#draft = draft;
    for (let at = 0; at < args.length; at += ARGUMENT_PIECE) {
      draft.addArguments(args.slice(at, at + ARGUMENT_PIECE));
      await this.#ports.wait(TOKEN_MS, this.#stop.signal);
    }
    this.#complete(draft);
  }

  #complete(draft: Draft): void {
    this.#draft = undefined;
    this.#output.push(draft.close("completed"));
  }

  #describe(status: NonNullable<RealtimeResponse["status"]>): RealtimeResponse {
    const { conversationId, modality, format, voice, maxOutputTokens, metadata } = this.#options;
    const description: RealtimeResponse = {
      object: "realtime.response",
      id: this.id,
      status,
      output: [...this.#output],
      output_modalities: [modality],
      max_output_tokens: maxOutputTokens,
      audio: { output: { format, voice } },
      metadata,
    };
    return conversationId === undefined ? description : { ...description, conversation_id: conversationId };
  }
}

const rateLimits = [
  { name: "requests" as const, limit: 1000, remaining: 999, reset_seconds: 60 },
  { name: "tokens" as const, limit: 50_000, remaining: 49_950, reset_seconds: 60 },
];

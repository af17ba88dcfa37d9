// From audio frames to the user's turns in the conversation.

import { Frames } from "../hearing/frames.ts";
import { InputAudio, type Utterance } from "../hearing/input-audio.ts";
import { OpenAiError } from "../http/openai-error.ts";
import type { Session } from "../session/session.ts";
import { fromBytes, rateOf } from "../speech/pcm.ts";
import type { Send } from "./events.ts";
import type { Item, Items } from "./items.ts";
import { transcriptionUsage } from "./transcription-usage.ts";

export interface ListenerPorts {
  send: Send;
  randomId(prefix: string): string;
  items: Items;
  session(): Session;
  /** The transcript from the script. */
  scripted(): string | undefined;
  /** Whether the model speaks, or is about to. */
  answering(): boolean;
  speechStarted(): void;
  turnEnded(): void;
}

// OpenAI refuses to commit less audio.
const LEAST_COMMIT_MS = 100;

export class Listener {
  readonly #ports: ListenerPorts;
  readonly #input = new InputAudio();
  #frames: { rate: number; frames: Frames } | undefined;
  #speakingItem: string | undefined;
  #committedMs = 0;

  constructor(ports: ListenerPorts) {
    this.#ports = ports;
  }

  get speaking(): boolean {
    return this.#speakingItem !== undefined;
  }

  get speechMs(): number {
    return this.#input.totalSpeechMs;
  }

  /** All committed audio of the user. */
  get committedMs(): number {
    return this.#committedMs;
  }

  /** Takes audio that a client appended, base64-encoded. */
  append(base64: string): void {
    const { format } = this.#ports.session().audio.input;
    this.hear(fromBytes(Buffer.from(base64, "base64"), format), rateOf(format));
  }

  hear(samples: Float32Array, rate: number): void {
    if (this.#frames?.rate !== rate) this.#frames = { rate, frames: new Frames(rate) };
    for (const level of this.#frames.frames.cut(samples)) this.#hearFrame(level);
  }

  commit(): void {
    const { bufferedMs } = this.#input;
    if (bufferedMs < LEAST_COMMIT_MS) {
      const message = `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${bufferedMs.toFixed(2)}ms of audio.`;
      throw new OpenAiError(400, "input_audio_buffer_commit_empty", message);
    }
    const utterance = this.#input.commit();
    this.#commit(this.#speakingItem ?? this.#ports.randomId("item"), utterance);
  }

  clear(): void {
    this.#input.clear();
    this.#speakingItem = undefined;
    this.#ports.send({ type: "input_audio_buffer.cleared" });
  }

  /** A turn of the user without audio: its events, and a response where the session makes one by itself. */
  say(transcript: string, ms: number): void {
    const startMs = this.#committedMs;
    const endMs = startMs + ms;
    const item = this.#ports.randomId("item");
    const { send, session, speechStarted, turnEnded } = this.#ports;
    if (session().audio.input.turn_detection) {
      send({ type: "input_audio_buffer.speech_started", audio_start_ms: startMs, item_id: item });
      speechStarted();
      send({ type: "input_audio_buffer.speech_stopped", audio_end_ms: endMs, item_id: item });
    }
    this.#commit(item, { startMs, endMs, speechMs: ms }, transcript);
    turnEnded();
  }

  #hearFrame(level: number): void {
    const detection = this.#ports.session().audio.input.turn_detection;
    const heard = this.#input.hear(level, detection, this.#ports.answering());
    if (!heard) return;
    if ("started" in heard) {
      const item = this.#ports.randomId("item");
      this.#speakingItem = item;
      this.#ports.send({
        type: "input_audio_buffer.speech_started",
        audio_start_ms: heard.started,
        item_id: item,
      });
      this.#ports.speechStarted();
      return;
    }
    const item = this.#speakingItem ?? this.#ports.randomId("item");
    this.#ports.send({
      type: "input_audio_buffer.speech_stopped",
      audio_end_ms: heard.stopped.endMs,
      item_id: item,
    });
    this.#commit(item, heard.stopped);
    this.#ports.turnEnded();
  }

  #commit(id: string, utterance: Utterance, said?: string): void {
    const { send, items } = this.#ports;
    this.#speakingItem = undefined;
    this.#committedMs += utterance.endMs - utterance.startMs;
    const item: Item = {
      id,
      type: "message",
      status: "completed",
      role: "user",
      // Empty until transcribed: the Agents SDK requires the field, and OpenAI's specification a string.
      content: [{ type: "input_audio", transcript: "" }],
    };
    const previous = items.add(item);
    send({ type: "input_audio_buffer.committed", previous_item_id: previous, item_id: id });
    send({ type: "conversation.item.added", previous_item_id: previous, item });
    send({ type: "conversation.item.done", previous_item_id: previous, item });
    this.#transcribe(id, utterance, said);
  }

  #transcribe(id: string, utterance: Utterance, said: string | undefined): void {
    const { transcription } = this.#ports.session().audio.input;
    if (!transcription) return;
    const { send, items } = this.#ports;
    const seconds = (utterance.speechMs / 1000).toFixed(1);
    const transcript = said ?? this.#ports.scripted() ?? `(the emulator heard ${seconds} s of speech)`;
    for (const delta of transcript.match(/\S+\s*/g) ?? []) {
      send({
        type: "conversation.item.input_audio_transcription.delta",
        item_id: id,
        content_index: 0,
        delta,
      });
    }
    items.replace({
      id,
      type: "message",
      status: "completed",
      role: "user",
      content: [{ type: "input_audio", transcript }],
    });
    send({
      type: "conversation.item.input_audio_transcription.completed",
      item_id: id,
      content_index: 0,
      transcript,
      usage: transcriptionUsage(transcription, transcript, utterance.endMs - utterance.startMs),
    });
  }
}

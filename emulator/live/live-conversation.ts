// What happens in a GPT-Live session: audio and client events in, speech, delegation and acknowledgements out.
import type { Loudspeaker } from "../conversation/loudspeaker.ts";
import { OpenAiError } from "../http/openai-error.ts";
import type { Script } from "../script/script.ts";
import type { Speech } from "../speech/clips.ts";
import { Backend } from "./backend.ts";
import type { LiveClientEvent } from "./client-events.ts";
import { Listener } from "./listener.ts";
import { causedBy, type SendLive } from "./server-events.ts";
import type { SessionMeter } from "./session-meter.ts";
import { type LiveState, resourceOf, responsesOf, updateState } from "./session-resource.ts";
import { Turns } from "./turns.ts";
import { Voice } from "./voice.ts";

export interface LiveConversationPorts {
  send: SendLive;
  randomId(prefix: string): string;
  wait(ms: number, signal: AbortSignal): Promise<void>;
  now(): number;
  speechFor(text: string): Speech;
  loudspeaker: Loudspeaker;
  script: Script;
  meter: SessionMeter;
  elapsedMs(): number;
  /** The model ends the session. */
  hangUp(): void;
  broke(reason: unknown): void;
  /** Ends with the session. */
  signal: AbortSignal;
}

export type Command = Exclude<LiveClientEvent, { type: "session.close" }>;
type Append = Extract<Command, { content: string }>;

const LONGEST_REPEATED = 300;
const PCM_BYTES_PER_MS = 48;
const LONGEST_FIXTURE_MS = 30_000;

export class LiveConversation {
  readonly #ports: LiveConversationPorts;
  readonly #listener: Listener;
  readonly #voice: Voice;
  readonly #backend: Backend;
  readonly #turns: Turns;
  #state: LiveState;
  #muted = false;

  constructor(state: LiveState, ports: LiveConversationPorts) {
    this.#state = state;
    this.#ports = ports;
    const voice = new Voice(ports);
    const backend = new Backend(ports);
    const turns = new Turns({ ...ports, voice, backend, state: () => this.#state });
    this.#voice = voice;
    this.#backend = backend;
    this.#turns = turns;
    this.#listener = new Listener({
      send: ports.send,
      scripted: () => turns.hears(),
      answering: () => voice.speaking || backend.busy,
      speechStarted: () => voice.interrupt(),
      turnEnded: () => this.#run(() => turns.answerUser()),
    });
  }

  get state(): LiveState {
    return this.#state;
  }

  get muted(): boolean {
    return this.#muted;
  }

  get secondsOfSpeech(): number {
    return this.#listener.secondsOfSpeech;
  }

  hear(samples: Float32Array, rate: number): void {
    if (!this.#muted) this.#listener.hear(samples, rate);
  }

  /** A turn of the user without audio. */
  hearWords(words: string): void {
    const endMs = this.#ports.elapsedMs();
    this.#listener.hearWords(words, Math.max(0, endMs - words.length * 60), endMs);
  }

  /** Throws the content of the `error` event. */
  handle(event: Command): void {
    const { send } = this.#ports;
    const cause = causedBy(event.event_id);
    switch (event.type) {
      case "session.update":
        this.#state = updateState(this.#state, event.session);
        send({ type: "session.updated", ...cause, session: resourceOf(this.#state) });
        break;
      case "session.input_audio.mute":
        this.#muted = true;
        send({ type: "session.input_audio.muted", ...cause });
        break;
      case "session.input_audio.unmute":
        this.#muted = false;
        send({ type: "session.input_audio.unmuted", ...cause });
        break;
      case "session.instructions.append":
      case "session.thinking.append":
      case "session.commentary.append":
        this.#append(event);
        break;
      case "session.output_audio.fixture.play":
        this.#run(() => this.#playFixture(event.audio, cause));
        break;
      case "response.item.create":
        this.#addItem(event.item);
        break;
      case "response.create": {
        const going = this.#turns.goOn(event.event_id);
        this.#run(() => going);
        break;
      }
    }
  }

  /** Stops what is being said. */
  end(): void {
    this.#voice.interrupt();
  }

  #append({ type, content, delegation_id, event_id }: Append): void {
    if (delegation_id !== null) this.#turns.checkClientDelegation(delegation_id);
    this.#backend.addContext(content);
    const at = Math.round(this.#ports.elapsedMs());
    this.#ports.send({ type: `${type}ed`, ...causedBy(event_id), start_ms: at, end_ms: at });
    if (type === "session.thinking.append") return;
    const words = content.length > LONGEST_REPEATED ? `${content.slice(0, LONGEST_REPEATED)}…` : content;
    this.#run(() => this.#voice.say(type === "session.commentary.append" ? words : `I was told: ${words}`));
  }

  async #playFixture(audio: string, cause: { client_event_id?: string }): Promise<void> {
    const { send, wait, signal } = this.#ports;
    send({ type: "session.output_audio.fixture.playing", ...cause });
    await wait(Math.min(LONGEST_FIXTURE_MS, Buffer.byteLength(audio, "base64") / PCM_BYTES_PER_MS), signal);
    send({ type: "session.output_audio.fixture.played", ...cause });
  }

  #addItem(item: Extract<Command, { type: "response.item.create" }>["item"]): void {
    if (!responsesOf(this.#state)) {
      throw new OpenAiError(
        400,
        "invalid_value",
        "response.item.create requires Responses delegation.",
        "type",
      );
    }
    if ("call_id" in item && "output" in item && item.type === "function_call_output") {
      const { output } = item;
      this.#backend.answer(
        String(item.call_id),
        typeof output === "string" ? output : JSON.stringify(output),
      );
    } else {
      this.#backend.addContext(JSON.stringify(item));
    }
  }

  #run(work: () => Promise<void>): void {
    work().catch((reason: unknown) => {
      if (!this.#ports.signal.aborted) this.#ports.broke(reason);
    });
  }
}

// Speech in a call: one Opus packet every 20 ms, one utterance after the other.

import type { Send } from "../conversation/events.ts";
import type { Loudspeaker, Utterance } from "../conversation/loudspeaker.ts";
import { PACKET_MS, type Speech } from "../speech/clips.ts";

export interface RtpPorts {
  send: Send;
  /** Sends one packet; `first` after a pause. */
  sendPacket(payload: Uint8Array, first: boolean): void;
  now(): number;
  /** Calls `tick` periodically; returns how to stop. */
  every(ms: number, tick: () => void): () => void;
}

interface Playing {
  utterance: Utterance;
  speech: Speech;
  startedAt: number;
  sent: number;
}

// OpenAI generates speech faster than it plays it, but slowly enough to be interrupted.
const PACE = 0.7;

export class RtpLoudspeaker implements Loudspeaker {
  readonly pace = PACE;
  readonly #ports: RtpPorts;
  #queue: { utterance: Utterance; speech: Speech }[] = [];
  #playing: Playing | undefined;
  #stopTicking: (() => void) | undefined;
  #afterwards: (() => void)[] = [];

  constructor(ports: RtpPorts) {
    this.#ports = ports;
  }

  get playing(): boolean {
    return this.#playing !== undefined;
  }

  play(utterance: Utterance, speech: Speech): string[] {
    this.#queue.push({ utterance, speech });
    if (!this.#playing) this.#next();
    return [];
  }

  silence() {
    const playing = this.#playing;
    this.#queue = [];
    this.#playing = undefined;
    this.#rest();
    return playing && { ...playing.utterance, playedMs: playing.sent * PACKET_MS };
  }

  afterwards(then: () => void): void {
    if (this.#playing) this.#afterwards.push(then);
    else then();
  }

  #next(): void {
    const next = this.#queue.shift();
    if (!next) {
      this.#rest();
      return;
    }
    this.#playing = { ...next, startedAt: this.#ports.now(), sent: 0 };
    this.#ports.send({ type: "output_audio_buffer.started", response_id: next.utterance.responseId });
    this.#stopTicking ??= this.#ports.every(PACKET_MS, () => this.#tick());
    this.#tick();
  }

  // Timers fire late: all packets that are due are sent together, so that the speech keeps its length.
  #tick(): void {
    const playing = this.#playing;
    if (!playing) return;
    const due = Math.floor((this.#ports.now() - playing.startedAt) / PACKET_MS) + 1;
    for (const packet of playing.speech.packets.slice(playing.sent, due)) {
      this.#ports.sendPacket(packet, playing.sent === 0);
      playing.sent += 1;
    }
    if (due <= playing.speech.packets.length) return;
    this.#playing = undefined;
    this.#ports.send({ type: "output_audio_buffer.stopped", response_id: playing.utterance.responseId });
    this.#next();
  }

  #rest(): void {
    this.#stopTicking?.();
    this.#stopTicking = undefined;
    const waiting = this.#afterwards;
    this.#afterwards = [];
    for (const then of waiting) then();
  }
}

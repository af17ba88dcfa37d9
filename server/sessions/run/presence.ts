// Finds out whether a call in which nothing happens still exists: OpenAI does not say when a browser leaves.
import type { Timers } from "../../clock.ts";
import { JoinRefused, type VoiceSocket, type VoiceSocketReceiver } from "../../upstream/calls.ts";

export interface PresencePorts {
  join(receiver: VoiceSocketReceiver, signal: AbortSignal): Promise<VoiceSocket>;
  timers: Pick<Timers, "after">;
  onGone(): void;
}

/** In a conversation something happens more often than this. */
const SILENT_MS = 30_000;
const ATTEMPT_MS = 5000;
const unheard = { onMessage: () => {}, onClose: () => {} };

export class Presence {
  readonly #ports: PresencePorts;
  #messages = -1;
  #silentSince = 0;
  #asking: AbortController | undefined;

  constructor(ports: PresencePorts) {
    this.#ports = ports;
  }

  /** Once a second, with how many messages have come so far. */
  tick(now: number, messages: number): void {
    if (messages !== this.#messages) {
      this.#messages = messages;
      this.#silentSince = now;
    } else if (!this.#asking && now - this.#silentSince >= SILENT_MS) {
      this.#silentSince = now;
      void this.#ask();
    }
  }

  close(): void {
    this.#asking?.abort(new Error("the session ended"));
  }

  // A second sideband, closed at once: the first one would stay open, and misses nothing.
  async #ask(): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    const cancel = this.#ports.timers.after(ATTEMPT_MS, () => asking.abort(new Error("no answer in time")));
    try {
      (await this.#ports.join(unheard, asking.signal)).close();
    } catch (error) {
      if (error instanceof JoinRefused && error.status === 404) this.#ports.onGone();
    } finally {
      cancel();
      this.#asking = undefined;
    }
  }
}

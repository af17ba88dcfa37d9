// A session's connection to OpenAI: joins it, and joins it again when it is lost.
import type { Clock, Timers } from "../../clock.ts";
import { JoinRefused, type VoiceSocket, type VoiceSocketReceiver } from "../../upstream/calls.ts";
import { Presence } from "./presence.ts";

export interface LinkPorts {
  join(receiver: VoiceSocketReceiver, signal: AbortSignal): Promise<VoiceSocket>;
  clock: Pick<Clock, "monotonic">;
  timers: Pick<Timers, "after">;
  /** Whether a second connection may find out if the session still exists. */
  mayAsk: boolean;
}

export interface LinkOwner {
  onMessage(message: Buffer): void;
  /** Each time. */
  onJoined(): void;
  /** It was joined, and is not any more. */
  onLost(): void;
  /** OpenAI knows no such session any more. */
  onGone(): void;
}

/** Before each of the first attempts: about five seconds in all, as OpenAI may not know a new call at once. */
const FIRST_PAUSES_MS = [0, 300, 700, 1500, 2500];
/** After it was lost; then again and again after the last of them. */
const LATER_PAUSES_MS = [0, 250, 500, 1000, 2000, 4000];
const ATTEMPT_MS = 3000;
/** The page waits meanwhile: no further attempt begins after it. */
const FIRST_ATTEMPTS_MS = 5500;

export class Link implements VoiceSocketReceiver {
  readonly #ports: LinkPorts;
  readonly #owner: LinkOwner;
  readonly #presence: Presence;
  #messages = 0;
  #socket: VoiceSocket | undefined;
  #leaving: AbortController | undefined;
  #stopWaiting: (() => void) | undefined;
  #isClosed = false;
  #isClosedEarly = false;
  #wasJoined = false;

  constructor(ports: LinkPorts, owner: LinkOwner) {
    this.#ports = ports;
    this.#owner = owner;
    this.#presence = new Presence({ ...ports, onGone: () => owner.onGone() });
  }

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** Tries several times; rejects with the last attempt's error. */
  async open(): Promise<void> {
    const startedAt = this.#ports.clock.monotonic();
    let last: unknown;
    for (const ms of FIRST_PAUSES_MS) {
      if (ms > 0) await this.#wait(ms);
      if (this.#isClosed) throw new Error("the session ended before it was joined");
      if (this.#ports.clock.monotonic() - startedAt > FIRST_ATTEMPTS_MS) break;
      last = await this.#attempt();
      if (last === undefined) return;
    }
    throw last;
  }

  /** Tries in the background until it is joined or closed. */
  async keepTrying(): Promise<void> {
    for (let tries = 0; !this.#isClosed; tries += 1) {
      await this.#wait(LATER_PAUSES_MS[Math.min(tries, LATER_PAUSES_MS.length - 1)] ?? 0);
      if (this.#isClosed) return;
      const error = await this.#attempt();
      if (error === undefined) return;
      if (this.#wasJoined && error instanceof JoinRefused && error.status === 404) {
        this.#owner.onGone();
        return;
      }
    }
  }

  /** Answers whether there is a connection. */
  send(message: string): boolean {
    this.#socket?.send(message);
    return this.isOpen;
  }

  /** Once a second. */
  tick(now: number): void {
    if (this.#socket && this.#ports.mayAsk) this.#presence.tick(now, this.#messages);
  }

  /** Without telling the owner of its end. */
  close(): void {
    this.stopTrying();
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** What is joined stays so; when it is lost, it is not joined again. */
  stopTrying(): void {
    this.#isClosed = true;
    this.#stopWaiting?.();
    this.#presence.close();
    this.#leaving?.abort(new Error("the session ended"));
  }

  onMessage(message: Buffer): void {
    this.#messages += 1;
    this.#owner.onMessage(message);
  }

  onClose(): void {
    if (!this.#socket) {
      // It was closed here, or at once after it was opened.
      this.#isClosedEarly = true;
      return;
    }
    this.#socket = undefined;
    this.#owner.onLost();
    if (!this.#isClosed) void this.keepTrying();
  }

  /** The error, where there was one. */
  async #attempt(): Promise<unknown> {
    const leaving = new AbortController();
    const cancel = this.#ports.timers.after(ATTEMPT_MS, () =>
      leaving.abort(new Error("OpenAI did not answer the sideband in time")),
    );
    this.#leaving = leaving;
    this.#isClosedEarly = false;
    try {
      const socket = await this.#ports.join(this, leaving.signal);
      if (this.#isClosed) {
        socket.close();
        return new Error("the session ended before it was joined");
      }
      if (this.#isClosedEarly) return new Error("the sideband was closed at once");
      this.#socket = socket;
      this.#wasJoined = true;
    } catch (error) {
      return error ?? new Error("the sideband was refused");
    } finally {
      cancel();
      this.#leaving = undefined;
    }
    this.#owner.onJoined();
    return undefined;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#ports.timers.after(ms, resolve);
      this.#stopWaiting = () => {
        cancel();
        resolve();
      };
    });
  }
}

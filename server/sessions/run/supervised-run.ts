// The life of one session that this replica watches over: joined, lost and joined again, ended, or let go.
import type { SessionTrouble } from "../../observe/voice-event.ts";
import { type CallReference, JoinRefused } from "../../upstream/calls.ts";
import type { EndReason, SessionTotals, VoiceSession } from "../session.ts";
import { Conversation } from "./conversation.ts";
import { endCall } from "./end-call.ts";
import { Link, type LinkOwner, type LinkPorts } from "./link.ts";
import { eventOf } from "./session-events.ts";
import type { RunPorts, SessionRun, StartRun } from "./session-run.ts";
import { Sight } from "./sight.ts";

export const startRun: StartRun = async (session, ports) => {
  const run = new SupervisedRun(session, ports);
  await run.begin();
  return run;
};

/** How long a session may be unseen where its profile says that it then ends. */
const UNSEEN_MS = 10_000;
/** A browser that connects is heard of by then. */
const FIRST_EVENT_MS = 60_000;
/** A response that is cut off still tells what it used. */
const LAST_EVENTS_MS = 1000;

class SupervisedRun implements SessionRun, LinkOwner {
  readonly session: VoiceSession;
  readonly #ports: RunPorts;
  readonly #call: CallReference;
  readonly #link: Link;
  readonly #conversation: Conversation;
  readonly #over = Promise.withResolvers<void>();
  readonly #sight: Sight;
  #ending: Promise<void> | undefined;
  /** Whether the loss of its connection was told. */
  #isLost = false;
  #isFinished = false;

  constructor(session: VoiceSession, ports: RunPorts) {
    const { calls, clock, timers, dialect, watchers, randomId } = ports;
    this.session = session;
    this.#ports = ports;
    const { interface: of, callId = "", upstreamKey = "" } = session;
    this.#call = { interface: of, id: callId, upstreamKey };
    const join: LinkPorts["join"] = (to, signal) => calls.joinCall(this.#call, to, signal);
    // GPT-Live says by itself when it is over.
    const mayAsk = of === "realtime" && session.carriage === "webrtc";
    this.#link = new Link({ join, clock, timers, mayAsk }, this);
    this.#sight = new Sight(session, clock.now());
    this.#conversation = new Conversation(session, {
      ...{ dialect, watchers, clock, randomId, tell: ports.onTold },
      send: (message) => this.#link.send(message),
      end: (reason) => void this.end(reason),
      onOver: (reason) => this.#isOver(reason),
      onFailure: (error) => this.#fail(error),
    });
  }

  get totals(): Readonly<SessionTotals> {
    return this.#conversation.totals;
  }

  get activeAt(): number {
    return this.#conversation.activeAt;
  }

  /** As `StartRun`. */
  async begin(): Promise<void> {
    const begunAt = this.#ports.clock.now();
    try {
      await this.#link.open();
    } catch (error) {
      if (this.#ending) throw error;
      const { term, voice } = this.session;
      this.#lose(begunAt, error);
      // One that was taken over has been joined before: it ended meanwhile.
      const isGone = term > 1 && error instanceof JoinRefused && error.status === 404;
      if (isGone || voice.without_sideband === "end") {
        await this.end(isGone ? "caller-left" : "sideband-lost");
        throw error;
      }
      void this.#link.keepTrying();
    }
    this.#ports.onTold({ kind: "state", state: "open", reason: undefined });
  }

  tick(now: number): void {
    if (this.#isFinished) return;
    this.#countUnseen(now);
    const ms = this.#sight.lastedMs(now);
    if (this.#sight.isUnseen) {
      if (ms >= UNSEEN_MS && this.session.voice.without_sideband === "end") void this.end("sideband-lost");
    } else if (!this.#conversation.isHeard && ms >= FIRST_EVENT_MS) {
      void this.end("caller-left");
    }
    this.#link.tick(now);
    this.#conversation.tick(now);
  }

  end(reason: EndReason): Promise<void> {
    this.#ending ??= this.#end(reason);
    return this.#ending;
  }

  release(): void {
    if (!this.#isFinished) this.#close(false);
  }

  onMessage(message: Buffer): void {
    this.#conversation.onMessage(message);
  }

  onJoined(): void {
    const now = this.#ports.clock.now();
    this.#countUnseen(now);
    this.#sight.regain(now);
    this.#conversation.onJoined();
    if (this.#isLost) this.#trouble("sideband-back");
    this.#isLost = false;
  }

  onLost(): void {
    if (this.session.carriage === "websocket") {
      this.#isOver("caller-left");
      return;
    }
    this.#conversation.onLost();
    this.#lose(this.#ports.clock.now());
  }

  onGone(): void {
    void this.end("caller-left");
  }

  async #end(reason: EndReason): Promise<void> {
    this.#ports.onTold({ kind: "state", state: "ending", reason });
    this.#link.stopTrying();
    const isProven = await this.#endAtOpenAi();
    if (this.#link.isOpen) await this.#conversation.lastAnswer(this.#ports.timers, LAST_EVENTS_MS);
    this.#finish(reason, isProven);
  }

  async #endAtOpenAi(): Promise<boolean> {
    const { calls, clock, timers, dialect } = this.#ports;
    // What the service carries ends with its connection.
    if (this.session.carriage === "websocket" || this.session.callId === undefined) return true;
    return endCall({
      close: () => {
        const event = dialect.close(this.#conversation.eventPrefix());
        return event !== undefined && this.#link.send(JSON.stringify(event));
      },
      hangUp: (timeoutMs) => calls.hangUp(this.#call, timeoutMs),
      ...{ over: this.#over.promise, clock, timers },
    });
  }

  // While it is being ended, that is the proof of it.
  #isOver(reason: EndReason): void {
    this.#over.resolve();
    if (!this.#ending) this.#finish(reason, true);
  }

  #finish(reason: EndReason, isProven: boolean): void {
    if (this.#isFinished) return;
    this.#ending ??= Promise.resolve();
    this.#close(true);
    if (!isProven) this.#trouble("not-ended");
    this.#ports.onEnded(this, { reason, isProven });
    this.#ports.onTold({ kind: "state", state: "ended", reason });
  }

  #close(isOver: boolean): void {
    this.#isFinished = true;
    this.#countUnseen(this.#ports.clock.now());
    this.#conversation.close(isOver);
    this.#link.close();
  }

  #countUnseen(now: number): void {
    this.#conversation.add({ unseenSeconds: this.#sight.takeUnseen(now) });
  }

  #lose(now: number, cause?: unknown): void {
    this.#sight.lose(now);
    if (this.#ending) return;
    this.#isLost = true;
    this.#trouble("sideband-lost", cause);
  }

  // What cannot be watched over does not go on.
  #fail(error: unknown): void {
    this.#trouble("sideband-lost", error);
    void this.end("sideband-lost");
  }

  #trouble(what: SessionTrouble["what"], cause?: unknown): void {
    const { clock, emit } = this.#ports;
    emit({ kind: "session-trouble", what, cause, ...eventOf(this.session, clock.now()) });
  }
}

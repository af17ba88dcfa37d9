// A watcher that sends what was said through OpenAI's moderation, and ends a session in which something is flagged.
import type { Fact } from "../dialects/fact.ts";
import type { VoiceSession } from "../session.ts";
import type { CreateWatcher, SessionControl, SessionWatcher } from "./watcher.ts";

export interface ModerationWatchPorts {
  /** Whether the text is flagged; false where OpenAI cannot be asked, which it logs. */
  isFlagged(session: VoiceSession, model: string, text: string, signal: AbortSignal): Promise<boolean>;
}

/** Of what one side said and was not checked yet; beyond it, it is checked at once. */
const MAX_CHARACTERS = 2000;
/** Checks under way in one session; what comes then waits. */
const MAX_UNDER_WAY = 4;

/** Undefined where the profile does not ask for it. */
export const moderation =
  (ports: ModerationWatchPorts): CreateWatcher =>
  (control) =>
    new Moderation(ports, control);

class Moderation implements SessionWatcher {
  readonly #ports: ModerationWatchPorts;
  readonly #control: SessionControl;
  readonly #closing = new AbortController();
  /** What was not checked yet, by the side that said it: whole texts, and the pieces of one. */
  readonly #whole = new Map<string, string>();
  readonly #pieces = new Map<string, string>();
  #underWay = 0;

  constructor(ports: ModerationWatchPorts, control: SessionControl) {
    this.#ports = ports;
    this.#control = control;
  }

  onFact(fact: Fact): void {
    const { moderation: asked } = this.#control.session.voice;
    if (fact.kind !== "said" || !asked?.of.includes(fact.by)) return;
    const [kept, other] = fact.isWhole ? [this.#whole, this.#pieces] : [this.#pieces, this.#whole];
    const text = (kept.get(fact.by) ?? "") + fact.text;
    kept.set(fact.by, text.slice(-2 * MAX_CHARACTERS));
    // A whole text repeats its pieces.
    if (fact.isWhole) other.delete(fact.by);
    if (fact.isWhole || text.length >= MAX_CHARACTERS) this.#check(fact.by);
  }

  // GPT-Live's transcripts have no end: what came within a second is checked together.
  onTick(): void {
    for (const by of ["user", "assistant"]) this.#check(by);
  }

  close(): void {
    this.#closing.abort(new Error("the session has ended"));
  }

  #check(by: string): void {
    const text = [this.#whole.get(by), this.#pieces.get(by)].filter(Boolean).join("\n");
    const { moderation: asked } = this.#control.session.voice;
    if (text.trim() === "" || !asked || this.#underWay >= MAX_UNDER_WAY) return;
    this.#whole.delete(by);
    this.#pieces.delete(by);
    this.#underWay += 1;
    void this.#ports
      .isFlagged(this.#control.session, asked.model, text, this.#closing.signal)
      .catch(() => false)
      .then((flagged) => {
        this.#underWay -= 1;
        if (flagged && !this.#closing.signal.aborted) this.#control.end("moderation");
      });
  }
}

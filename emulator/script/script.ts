// The script of a test: what the model hears and says, turn by turn.
import { z } from "zod";

const turn = z.strictObject({
  /** The transcript of the user's speech in this turn. */
  hears: z.string().optional(),
  /** Spoken before the calls, in the same response. */
  preamble: z.string().optional(),
  /** Parallel calls of one response. */
  calls: z
    .array(
      z.strictObject({
        name: z.string(),
        arguments: z.union([z.record(z.string(), z.unknown()), z.string()]).default({}),
      }),
    )
    .optional(),
  /** Spoken at the end of the turn; `{answer}` is replaced by the tools' outputs. */
  says: z.string().optional(),
  /** Text endpoints: the model's refusal, in place of an answer. */
  refuses: z.string().optional(),
  /** An `error` event that does not end the session, sent before the turn's first response. */
  soft_error: z.string().optional(),
  /** Realtime: the response fails with this code, such as `insufficient_quota`, and nothing is said. */
  fails: z.string().optional(),
  /** Whether the emulator hangs up at the end of the turn. */
  hang_up: z.boolean().optional(),
});

export const scriptTurns = z.array(turn);
export const scriptRequest = z.strictObject({ turns: scriptTurns });

export type Turn = z.infer<typeof turn>;

/** The current script. Sessions read it when a turn begins, so it may change while they run. */
export class Script {
  #turns: readonly Turn[];

  constructor(turns: readonly Turn[] = []) {
    this.#turns = turns;
  }

  get turns(): readonly Turn[] {
    return this.#turns;
  }

  replace(turns: readonly Turn[]): void {
    this.#turns = turns;
  }
}

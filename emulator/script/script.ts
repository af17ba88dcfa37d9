// What the model is to hear and say, turn by turn, as a test asks for it.
import { z } from "zod";

const turn = z.strictObject({
  /** The transcript of what the user says in this turn. */
  hears: z.string().optional(),
  /** Spoken before the calls, in the same response. */
  preamble: z.string().optional(),
  /** Asked for in one response, in parallel. */
  calls: z
    .array(
      z.strictObject({
        name: z.string(),
        arguments: z.union([z.record(z.string(), z.unknown()), z.string()]).default({}),
      }),
    )
    .optional(),
  /** Spoken at the end of the turn; `{answer}` becomes what the tools answered. */
  says: z.string().optional(),
  /** An `error` event that does no harm, sent before the turn's first response. */
  soft_error: z.string().optional(),
  /** Whether the emulator hangs up at the end of the turn. */
  hang_up: z.boolean().optional(),
});

export const scriptRequest = z.strictObject({ turns: z.array(turn) });

export type Turn = z.infer<typeof turn>;

/** The script in force. Sessions look at it when a turn begins, so it may change while they run. */
export class Script {
  #turns: readonly Turn[] = [];

  get turns(): readonly Turn[] {
    return this.#turns;
  }

  replace(turns: readonly Turn[]): void {
    this.#turns = turns;
  }
}

// What holds for all sessions of an emulator, and a test may change: how long they last, and what the end of a call does.
import { z } from "zod";

export const callSettingsRequest = z.strictObject({
  /** How long a session lasts at most; for those that begin from now on. */
  session_seconds: z.number().positive().max(86_400).default(3600),
  /** Whether the sidebands of a call whose browser has left are closed. OpenAI leaves them open, and sends nothing. */
  close_sidebands_when_caller_leaves: z.boolean().default(false),
});

type Settings = z.infer<typeof callSettingsRequest>;

export class CallSettings {
  #current = callSettingsRequest.parse({});

  get current(): Readonly<Settings> {
    return this.#current;
  }

  replace(settings: Settings): void {
    this.#current = settings;
  }
}

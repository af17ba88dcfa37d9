// Supervised voice sessions: what a ticket adds to connecting, and how many sidebands one replica carries.
import { measureConnecting } from "./connecting.ts";
import type { Lengths } from "./lengths.ts";
import { measureSidebands } from "./sidebands.ts";

/** Measures and prints this section. */
export const measureSessions = async (lengths: Lengths): Promise<void> => {
  await measureConnecting(lengths);
  await measureSidebands(lengths);
};

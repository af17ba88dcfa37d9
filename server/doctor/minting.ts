// Whether keys for browsers are minted with an upstream key, for each profile that it serves.

import type { Clock } from "../clock.ts";
import { isKeyFault } from "../upstream/outcome.ts";
import { upstreamErrorOf } from "../upstream/upstream-error.ts";
import type { Check, Finding } from "./finding.ts";
import { type DoctorKey, type DoctorSession, subjectOf } from "./openai.ts";
import { refusalOf } from "./refusal.ts";

/** A profile as far as it concerns OpenAI. */
export interface DoctorProfile {
  name: string;
  session: DoctorSession;
}

/** Each is a request. */
const MAX_PROFILES = 20;

export const mintingCheck = (
  key: DoctorKey,
  profiles: readonly DoctorProfile[],
  clock: Pick<Clock, "monotonic">,
): Check => {
  const subject = subjectOf(key);
  return {
    ...{ id: "minting", subject, title: "Minting", group: "OpenAI", timeoutMs: 30_000 },
    needs: [`key ${subject}`, `models ${subject}`],
    run: async (signal) => {
      const tried = profiles.slice(0, MAX_PROFILES);
      const faults: Finding[] = [];
      const begun = clock.monotonic();
      for (const { name, session } of tried) {
        const fault = await mintFault(key, session, signal);
        if (!fault) continue;
        faults.push({ ...fault.finding, level: "fault", subject: `${subject}, profile ${name}` });
        // The others would be refused for the same reason.
        if (fault.isOfKey) return faults.map((each) => ({ ...each, subject }));
      }
      if (faults.length > 0) return faults;
      const mintMs = Math.round((clock.monotonic() - begun) / Math.max(1, tried.length));
      const names = tried.map(({ name }) => name).join(", ");
      const title = tried.length === 0 ? "serves no profile" : `mints for ${names}, in ${mintMs} ms`;
      const level = tried.length === 0 ? "note" : "ok";
      return [{ check: "minting", level, subject, title, figures: { mintMs } }];
    },
  };
};

const mintFault = async (key: DoctorKey, session: DoctorSession, signal: AbortSignal) => {
  try {
    await key.access.mint(session, signal);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    const found = upstreamErrorOf(error);
    if (!found) throw error;
    const isOfKey = isKeyFault(found.outcome) || found.outcome.kind === "failed";
    return { finding: refusalOf("minting", found, key), isOfKey };
  }
};

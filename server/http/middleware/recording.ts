// Keeps what was said in a request, where its profile or its entry of `relay` has that recorded, and tells the caller so.
import type { ContentKind, Recorded } from "../../ledger/content.ts";
import type { Contents } from "../../ledger/contents.ts";
import { Excerpt } from "../../ledger/excerpt.ts";
import type { RequestFacts } from "../facts.ts";

export interface RecordServices {
  contents: Contents;
}

/** Keeps them when the request has ended, however it ends: no answer waits for that. */
export const keepAtEnd = (
  facts: RequestFacts,
  { contents }: RecordServices,
  excerpts: () => readonly [ContentKind, Excerpt][],
): void =>
  facts.onEnd(() => {
    for (const [kind, excerpt] of excerpts()) contents.keep(facts.requestId, kind, excerpt);
  });

/** The same for a call of a tool, as far as it came: the result is what its caller got. */
export const recordCall = (
  facts: RequestFacts,
  services: RecordServices,
  recorded: Recorded,
  args: Readonly<Record<string, unknown>>,
): { tellResult(text: string): void } => {
  let told: string | undefined;
  if (recorded.length > 0) {
    keepAtEnd(facts, services, () => {
      const texts: [ContentKind, string | undefined][] = [
        ["tool_arguments", JSON.stringify(args)],
        ["tool_results", told],
      ];
      return texts
        .filter(([kind]) => recorded.includes(kind))
        .map(([kind, text = ""]) => [kind, excerptOf(text)]);
    });
  }
  return {
    tellResult: (text) => {
      told = text;
    },
  };
};

const excerptOf = (text: string): Excerpt => {
  const excerpt = new Excerpt();
  excerpt.add(text);
  return excerpt;
};

/** `x-broker-recorded: prompts, answers`; no field where nothing is recorded. */
export const recordedField = (recorded: Recorded): Record<string, string> =>
  recorded.length > 0 ? { "x-broker-recorded": recorded.join(", ") } : {};

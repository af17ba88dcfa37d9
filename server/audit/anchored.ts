// What the anchors say: which entries there must be, with which hashes, and which were deleted because their time was over. Pure.
import { z } from "zod";
import type { Body, Head, Link } from "./chain.ts";
import type { Finding } from "./chain-check.ts";

const chainsSchema = z.array(
  z.looseObject({ chain: z.string(), number: z.int().nonnegative(), hash: z.string() }),
);

interface Named extends Head {
  /** The anchor's number. */
  by: number;
}

export interface Anchored {
  /** Takes the entries of the chain of anchors, in their order. */
  read(link: Link, body: Body): void;
  /** Finds whether an entry is another than an anchor names. */
  compare(link: Link, onFinding: (finding: Finding) => void): void;
  /** The last entry of a chain that an anchor names; 0 where none does. */
  lastOf(chain: string): number;
  /** The last entry of a chain that is deleted. */
  expiredOf(chain: string): Head | undefined;
  /** The chains that are named and not deleted as a whole. */
  chains(): string[];
  readonly count: number;
}

export const createAnchored = (): Anchored => {
  const named = new Map<string, Map<number, Named>>();
  const lasts = new Map<string, number>();
  const expired = new Map<string, Head>();
  let count = 0;
  return {
    read: ({ number: by }, { action, details }) => {
      const chains = chainsSchema.safeParse(details.chains).data ?? [];
      if (action === "anchor") count += 1;
      for (const { chain, number, hash } of chains) {
        if (action === "entries-expired") {
          expired.set(chain, { number, hash });
        } else {
          const entries = named.get(chain) ?? new Map<number, Named>();
          entries.set(number, { number, hash, by });
          named.set(chain, entries);
          lasts.set(chain, Math.max(lasts.get(chain) ?? 0, number));
        }
      }
    },
    compare: ({ chain, number, hash, at, action }, onFinding) => {
      const found = named.get(chain)?.get(number);
      if (!found || found.hash === hash) return;
      const wrong = `was replaced: anchor ${found.by} names another hash`;
      onFinding({ chain, number, at, action, kind: "changed", wrong });
    },
    lastOf: (chain) => lasts.get(chain) ?? 0,
    expiredOf: (chain) => expired.get(chain),
    chains: () =>
      [...lasts].flatMap(([chain, last]) => (last > (expired.get(chain)?.number ?? 0) ? [chain] : [])),
    get count() {
      return count;
    },
  };
};

// The port to where the audit trail is kept. Every method rejects when the database does not answer.
import type { Head, Link } from "./chain.ts";

/** The shared chains. All others are of one start of one replica, and have its random name. */
export const ANCHORS = "anchors";
export const COMMAND_LINE = "cli";
export const REFUSED_STARTS = "refused-starts";

export interface ChainHead extends Head {
  chain: string;
}

/** Where a reader is: behind that entry. */
export interface Position {
  chain: string;
  number: number;
}

export interface Expired {
  /** The last entry of each chain that was deleted; all before it are deleted too. */
  chains: readonly ChainHead[];
}

export interface AuditStore {
  /** Keeps links of one chain, all or none. Those that are kept already stay as they are. */
  append(links: readonly Link[]): Promise<void>;
  /** Adds to a chain that several processes share: `make` gets its last entry, and no other comes between. */
  appendShared(chain: string, make: (before: Head | undefined) => Link): Promise<Link>;
  /**
   * Adds an anchor of the chains that have grown since the one before: some hundreds of them at most. Undefined where there are none.
   */
  anchor(make: (before: Head | undefined, heads: readonly ChainHead[]) => Link): Promise<Link | undefined>;
  /**
   * Deletes the oldest entries of chains, up to the first that is not older than `before`; some chains at a time, and never anchors.
   * `make` gets what is deleted, for an entry among the anchors. Undefined where there was nothing to delete.
   */
  expire(before: number, make: (head: Head | undefined, expired: Expired) => Link): Promise<Link | undefined>;
  /** The chains by name, with their heads as they were noted beside the entries. */
  heads(): Promise<ChainHead[]>;
  /** The name of the next chain that has entries, in the order of names; undefined behind the last. */
  nextChain(after: string): Promise<string | undefined>;
  /** The chain's first entry that is not older than `since`. */
  firstNumber(chain: string, since: number): Promise<number | undefined>;
  /** The entries of a chain behind `after`, in their order. */
  chain(chain: string, after: number, limit: number): Promise<Link[]>;
  /** In order of time, the oldest first, from `since` on and before `until`. */
  between(
    since: number,
    until: number,
    after: (Position & { at: number }) | undefined,
    limit: number,
  ): Promise<Link[]>;
  /** The newest entries, the oldest of them first. */
  newest(limit: number): Promise<Link[]>;
  lastConfiguration(): Promise<Link | undefined>;
}

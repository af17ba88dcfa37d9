// Checks one chain entry by entry: each is what it was, stands where it stood, and none is missing. Pure.
import { type Body, checkSeal, hashOf, type Link, readBody, type Sealer } from "./chain.ts";

export interface Finding {
  chain: string;
  number: number;
  /** When the entry was written, as it says, in milliseconds since 1970; undefined where that is not known. */
  at: number | undefined;
  action: string | undefined;
  /** `unsealed`: made with a key that is not there, so not known to be wrong. */
  kind: "changed" | "missing" | "unsealed";
  /** What is wrong, in words that follow "entry 5". */
  wrong: string;
}

/** The entry before the first that is checked. */
export interface Start {
  number: number;
  /** Null before the first of a chain; undefined where it is not known. */
  hash: string | null | undefined;
}

export interface ChainCheck {
  /** Takes the entries in the order of their numbers. Returns what is in it, where that can be read. */
  next(link: Link): Body | undefined;
  /** `last`: the number up to which there must be entries. */
  end(last: number): void;
}

export const createChainCheck = (
  chain: string,
  start: Start,
  sealer: Sealer,
  onFinding: (finding: Finding) => void,
  /** Milliseconds since 1970: seals of other keys are told of what is not older. */
  sealedSince = 0,
): ChainCheck => {
  let before = start;
  const otherKeys = new Set<string>();

  const missing = (from: number, to: number, where: string): void => {
    const wrong = from === to ? `is missing ${where}` : `and all up to ${to} are missing ${where}`;
    onFinding({ chain, number: from, at: undefined, action: undefined, kind: "missing", wrong });
  };

  const faultOf = (link: Link, body: Body | undefined): string | undefined => {
    if (hashOf(link.body) !== link.hash) return "was changed: its text does not fit its hash";
    if (checkSeal(sealer, link) === "wrong")
      return "was written or changed without the service's key: its seal is wrong";
    if (!body) return "cannot be read: it is no entry, or one of a newer version";
    if (body.chain !== link.chain || body.number !== link.number) {
      return `says of itself that it is entry ${body.number} of ${body.chain}: entries changed places`;
    }
    if (body.at !== link.at || body.action !== link.action) {
      return "has another time or action in its columns than in its text: the columns were changed";
    }
    const isNext = link.number === before.number + 1;
    if (isNext && before.hash !== undefined && body.previous !== before.hash) {
      return "does not follow the entry before it: one of the two was replaced";
    }
    return undefined;
  };

  // After a change of the key it is true of many, so it is told once for each key.
  const isUnsealed = (link: Link): boolean => {
    if (link.at < sealedSince || checkSeal(sealer, link) !== "other-key") return false;
    const keyId = link.seal.split(":", 1)[0] ?? "";
    const isFirst = !otherKeys.has(keyId);
    otherKeys.add(keyId);
    return isFirst;
  };

  return {
    next: (link) => {
      if (link.number > before.number + 1) missing(before.number + 1, link.number - 1, "between two others");
      const body = readBody(link.body);
      const wrong = faultOf(link, body);
      const where = { chain, number: link.number, at: link.at, action: link.action };
      if (wrong !== undefined) onFinding({ ...where, kind: "changed", wrong });
      else if (isUnsealed(link)) onFinding({ ...where, kind: "unsealed", wrong: UNSEALED });
      // What follows an entry that is at a wrong place is told of that entry alone.
      const isElsewhere = body !== undefined && body.number !== link.number;
      before = { number: link.number, hash: isElsewhere ? undefined : link.hash };
      return body;
    },
    end: (last) => {
      if (last > before.number) missing(before.number + 1, last, "at the end");
    },
  };
};

const UNSEALED =
  "has a seal of another key, so whether it was rewritten cannot be told: set the TOKEN_HASH_KEY with which it was written";

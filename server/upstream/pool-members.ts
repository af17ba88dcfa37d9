// The keys of a pool and what is known of each. They are replaced in place: a request ends with the key that it began with.
import type { Clock } from "../clock.ts";
import { createKeyState, type KeyChange, type KeyState, type RequestInFlight } from "./key-state.ts";
import type { KeyToken } from "./keys.ts";
import type { Outcome } from "./outcome.ts";
import type { RoutingFacts } from "./routing.ts";
import type { UpstreamAccount } from "./upstream.ts";

/** One version of a key: whatever changes about it makes another object. */
export interface PoolKey {
  name: string;
  /** Address, organization and project: at another place it is another key, whatever its name. */
  place: string;
  /** The highest goes first. */
  priority: number;
  /** Its share among those of the same priority. */
  weight: number;
  /** Model names, `*` at the end matches anything; undefined for all models. */
  models: readonly string[] | undefined;
  /** What its requests show. */
  token: Pick<KeyToken, "isAvailable" | "rejected">;
  /** The same object as long as it shows the same secret at the same place. */
  account: UpstreamAccount;
}

/** A key that was chosen for one request. */
export interface Choice {
  key: PoolKey;
  /** To be called once; `counts` is false where the request's failure was counted against this key already. */
  report(outcome: Outcome, counts: boolean): void;
}

/** What the pool knows of one key. */
export interface Member {
  key: PoolKey;
  readonly state: KeyState;
}

// A class, so that requests in flight share its method.
export class ChosenKey implements Choice, RequestInFlight {
  readonly key: PoolKey;
  readonly facts: RoutingFacts;
  readonly begunAt: number;
  readonly endTrial: (() => void) | undefined;
  readonly #member: Member;

  constructor(member: Member, facts: RoutingFacts, begunAt: number) {
    this.key = member.key;
    this.facts = facts;
    this.begunAt = begunAt;
    this.endTrial = member.state.begin(facts);
    this.#member = member;
  }

  report(outcome: Outcome, counts: boolean): void {
    const { key, state } = this.#member;
    state.end(this, key.account === this.key.account ? outcome : ofEarlierSecret(outcome), counts);
  }
}

/** What OpenAI says of a secret says nothing of the one that replaced it meanwhile. */
const ofEarlierSecret = (outcome: Outcome): Outcome => {
  switch (outcome.kind) {
    case "key-invalid":
    case "no-quota":
    case "refused":
    case "scope-missing":
      return { kind: "request-at-fault" };
    default:
      return outcome;
  }
};

export interface MemberPorts {
  clock: Pick<Clock, "monotonic">;
  onChange(key: PoolKey, change: KeyChange): void;
}

export interface Members {
  all(): readonly Member[];
  /** Undefined for a key that has gone, or was replaced. */
  find(key: PoolKey): Member | undefined;
  /**
   * From now on these are the keys. One of the same name and place keeps what is known of it, but for what OpenAI thinks of its
   * secret where that is another.
   */
  use(keys: readonly PoolKey[]): void;
}

export const createMembers = ({ clock, onChange }: MemberPorts): Members => {
  let members: readonly Member[] = [];
  const create = (key: PoolKey): Member => {
    const member: Member = {
      key,
      state: createKeyState(
        clock.monotonic,
        (change) => {
          // What ends with a key that has gone is no news of any key.
          if (members.includes(member)) onChange(member.key, change);
        },
        () => member.key.token.isAvailable(),
      ),
    };
    return member;
  };
  return {
    all: () => members,
    find: (key) => members.find((member) => member.key === key),
    use: (keys) => {
      const before = members;
      const replaced: Member[] = [];
      members = keys.map((key) => {
        const member = before.find((each) => each.key.name === key.name);
        if (member?.key.place !== key.place) return create(key);
        if (member.key.account !== key.account) replaced.push(member);
        member.key = key;
        return member;
      });
      for (const { state } of replaced) state.secretReplaced();
    },
  };
};

// Checks the whole audit trail, chain by chain, a page at a time.
import { type Anchored, createAnchored } from "./anchored.ts";
import type { Body, Head, Link, Sealer } from "./chain.ts";
import { createChainCheck, type Finding, type Start } from "./chain-check.ts";
import { ANCHORS, type AuditStore, COMMAND_LINE, REFUSED_STARTS } from "./store.ts";

export interface Verified {
  entries: number;
  chains: number;
  anchors: number;
  newestAnchor: Link | undefined;
  /** Chains of replicas whose last entry is no stop. */
  openChains: number;
  /** Entries that memory had no room for while the database was away, as the trail itself says. */
  lost: number;
  firstAt: number | undefined;
}

interface Ports {
  store: AuditStore;
  sealer: Sealer;
  onFinding(finding: Finding): void;
}

interface Reading extends Ports {
  since: number | undefined;
  verified: Verified;
}

interface Question {
  /** Milliseconds since 1970: older entries are not checked, but for the anchors. */
  since: number | undefined;
  /** An anchor as the log has it, to hold against the database. */
  anchor: Head | undefined;
}

const PAGE = 500;

/** Tells each finding as soon as it is found. Rejects when the database does not answer. */
export const verifyTrail = async (ports: Ports, { since, anchor }: Question): Promise<Verified> => {
  const { store } = ports;
  const verified: Verified = {
    ...{ entries: 0, chains: 0, anchors: 0, newestAnchor: undefined },
    ...{ openChains: 0, lost: 0, firstAt: undefined },
  };
  const reading: Reading = { ...ports, since, verified };
  // Asked for first: what is written while this reads is then there in any case.
  const heads = new Map((await store.heads()).map(({ chain, number }) => [chain, number]));
  const anchored = await readAnchors(reading, heads.get(ANCHORS) ?? 0, anchor);
  const names = new Set([...heads.keys(), ...anchored.chains()]);
  for (let chain = await store.nextChain(""); chain !== undefined; chain = await store.nextChain(chain)) {
    names.add(chain);
  }
  names.delete(ANCHORS);
  for (const chain of [...names].sort()) {
    const last = Math.max(heads.get(chain) ?? 0, anchored.lastOf(chain));
    await checkChain(reading, anchored, chain, last);
  }
  return verified;
};

/** Checks the chain of anchors, from its beginning on. */
const readAnchors = async (reading: Reading, last: number, wanted: Head | undefined): Promise<Anchored> => {
  const { verified, onFinding } = reading;
  const anchored = createAnchored();
  let isFound = false;
  await readChain(reading, ANCHORS, { number: 0, hash: null }, last, (link, body) => {
    if (body) anchored.read(link, body);
    if (link.action === "anchor") verified.newestAnchor = link;
    if (link.number !== wanted?.number) return;
    isFound = true;
    if (link.hash === wanted.hash) return;
    onFinding({ ...link, kind: "changed", wrong: "has another hash than the log says" });
  });
  verified.anchors = anchored.count;
  if (wanted && !isFound) {
    const where = { chain: ANCHORS, number: wanted.number, at: undefined, action: undefined };
    onFinding({ ...where, kind: "missing", wrong: "is missing, and the log has it" });
  }
  return anchored;
};

const checkChain = async (
  reading: Reading,
  anchored: Anchored,
  chain: string,
  last: number,
): Promise<void> => {
  const { store, since, verified, onFinding } = reading;
  // Of a chain that has nothing as new as asked for, the end is checked.
  const from = since === undefined ? 1 : ((await store.firstNumber(chain, since)) ?? last);
  const start = await startOf(store, chain, from, anchored.expiredOf(chain));
  let newest: Body | undefined;
  const isRead = await readChain(reading, chain, start, last, (link, body) => {
    anchored.compare(link, onFinding);
    newest = body ?? newest;
    verified.firstAt = Math.min(verified.firstAt ?? link.at, link.at);
    if (body?.action === "entries-lost") verified.lost += Number(body.details.entries) || 0;
  });
  if (isRead) verified.chains += 1;
  const isShared = chain === COMMAND_LINE || chain === REFUSED_STARTS;
  if (newest && newest.action !== "service-stopped" && !isShared) verified.openChains += 1;
};

const startOf = async (
  store: AuditStore,
  chain: string,
  from: number,
  expired: Head | undefined,
): Promise<Start> => {
  if (expired && from <= expired.number + 1) return expired;
  if (from <= 1) return { number: 0, hash: null };
  const [before] = await store.chain(chain, from - 2, 1);
  return { number: from - 1, hash: before?.number === from - 1 ? before.hash : undefined };
};

/** Whether there was an entry. */
const readChain = async (
  { store, sealer, onFinding, since, verified }: Reading,
  chain: string,
  start: Start,
  last: number,
  onLink: (link: Link, body: Body | undefined) => void,
): Promise<boolean> => {
  const check = createChainCheck(chain, start, sealer, onFinding, since);
  let after = start.number;
  for (let isRead = false; ; isRead = true) {
    const page = await store.chain(chain, after, PAGE);
    for (const link of page) onLink(link, check.next(link));
    verified.entries += page.length;
    after = page.at(-1)?.number ?? after;
    if (page.length === PAGE) continue;
    check.end(last);
    return isRead || page.length > 0;
  }
};

// The books beside OpenAI's own count: what differs by day and model. Pure.
import type { Sums } from "../ledger/books.ts";
import { cleanText } from "../ledger/clean.ts";
import type { OrganizationCost, OrganizationUsage } from "../upstream/organization.ts";

/** What either side counted; undefined where it does not tell. */
export interface Figures {
  requests: number;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  seconds: number | undefined;
  usd: number | undefined;
}

/** One model on one day. */
export interface ComparedLine {
  /** In UTC, such as `2026-11-21`. */
  day: string;
  /** Without the date of a snapshot, which either side may leave out. */
  model: string;
  books: Figures & { aborted: number; unpriced: number };
  openAi: Figures;
  isEqual: boolean;
}

/** What one key at OpenAI used in all. */
export interface KeyTotal extends Pick<Figures, "requests" | "usd"> {
  project: string;
  keyId: string;
}

/** What one upstream key used in all, by the books. */
export interface UpstreamKeyTotal extends Pick<Figures, "requests" | "usd"> {
  name: string;
  /** As OpenAI names it; undefined where none is configured. */
  project: string | undefined;
}

export interface Reconciliation {
  lines: readonly ComparedLine[];
  total: Pick<ComparedLine, "books" | "isEqual" | "openAi">;
  /** As OpenAI names them. */
  keys: readonly KeyTotal[];
  /** As the books name them. */
  upstreamKeys: readonly UpstreamKeyTotal[];
  /** How many keys for voice sessions were handed out in that time. */
  minted: number;
}

/** Sums of the books by day, model and upstream key, and OpenAI's own. */
export interface BothCounts {
  sums: readonly Sums[];
  usage: readonly OrganizationUsage[];
  costs: readonly OrganizationCost[];
  /** The projects of upstream keys, by the key's name. */
  projects: ReadonlyMap<string, string>;
}

export const reconcile = ({ sums, usage, costs, projects }: BothCounts): Reconciliation => {
  const lines = new Map<string, Pick<ComparedLine, "books" | "day" | "model" | "openAi">>();
  const lineAt = (at: number, name: string) => {
    const [day, model] = [new Date(at).toISOString().slice(0, 10), nameOf(name)];
    const line = lines.get(`${day} ${model}`) ?? { day, model, books: { ...none, ...unsure }, openAi: none };
    lines.set(`${day} ${model}`, line);
    return line;
  };
  const metered = sums.filter(({ source, group }) => source === "metered" && isAtOpenAi(group.kind));
  for (const sum of metered) {
    const line = lineAt(sum.periodAt ?? 0, sum.group.model ?? "");
    line.books = { ...added(line.books, figuresOf(sum)), ...doubtsOf(line.books, sum) };
  }
  for (const row of usage) {
    const line = lineAt(row.dayAt, row.model);
    line.openAi = added(line.openAi, { ...row, usd: undefined });
  }
  for (const { dayAt, lineItem, usd } of costs) {
    const line = lineAt(dayAt, lineItem.split(",", 1)[0] ?? "");
    line.openAi = added(line.openAi, { ...none, usd });
  }
  const compared = [...lines.values()]
    // A request without a model, such as a list of files, is in no count of OpenAI's.
    .filter(({ model, openAi }) => model !== "" || openAi.requests > 0)
    .map((line): ComparedLine => ({ ...line, isEqual: areEqual(line.books, line.openAi) }))
    .sort((one, other) => (`${one.day} ${one.model}` < `${other.day} ${other.model}` ? -1 : 1));
  const total = totalOf(compared);
  const minted = sums
    .filter(({ source }) => source === "minted")
    .reduce((sum, { answered }) => sum + answered, 0);
  return {
    ...{ lines: compared, total, minted },
    ...{ keys: keysOf(usage, costs), upstreamKeys: upstreamKeysOf(metered, projects) },
  };
};

/** What a session uses is in `voice`, not in its start. */
const isAtOpenAi = (kind: string | undefined): boolean => kind !== "tool-call" && kind !== "session";

const none: Figures = {
  ...{ requests: 0, inputTokens: undefined, outputTokens: undefined, seconds: undefined, usd: undefined },
};
const unsure = { aborted: 0, unpriced: 0 };

/** OpenAI bills a snapshot as its model. As long and as plain as the books have it. */
const nameOf = (model: string): string => cleanText(model, 200).replace(/-\d{4}-\d{2}-\d{2}$/, "");

const plus = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined ? other : one + (other ?? 0);

const added = (one: Figures, other: Figures): Figures => ({
  requests: one.requests + other.requests,
  inputTokens: plus(one.inputTokens, other.inputTokens),
  outputTokens: plus(one.outputTokens, other.outputTokens),
  seconds: plus(one.seconds, other.seconds),
  usd: plus(one.usd, other.usd),
});

// What the response cache answered has not been at OpenAI.
const figuresOf = ({ answered, cacheHits, quantities: used, costNanoUsd }: Sums): Figures => ({
  requests: answered - cacheHits,
  inputTokens:
    used.textIn +
    used.textCached +
    used.textCacheWrites +
    used.audioIn +
    used.audioCached +
    used.imageIn +
    used.imageCached,
  outputTokens: used.textOut + used.audioOut + used.imageOut,
  seconds: used.seconds,
  usd: costNanoUsd / 1e9,
});

const doubtsOf = (before: typeof unsure, { aborted, unpriced }: Sums) => ({
  aborted: before.aborted + aborted,
  unpriced: before.unpriced + unpriced,
});

/** A cent in ten thousand dollars: both sides round. */
const SAME_USD = 1e-6;

const areEqual = (books: Figures, openAi: Figures): boolean =>
  books.requests === openAi.requests &&
  (["inputTokens", "outputTokens"] as const).every(
    (name) => openAi[name] === undefined || openAi[name] === (books[name] ?? 0),
  ) &&
  Math.abs((books.seconds ?? 0) - (openAi.seconds ?? books.seconds ?? 0)) < 1 &&
  Math.abs((books.usd ?? 0) - (openAi.usd ?? 0)) <= SAME_USD * Math.max(1, openAi.usd ?? 0);

const totalOf = (lines: readonly ComparedLine[]): Reconciliation["total"] => {
  let [books, openAi]: [ComparedLine["books"], Figures] = [{ ...none, ...unsure }, none];
  for (const line of lines) {
    const doubts = {
      aborted: books.aborted + line.books.aborted,
      unpriced: books.unpriced + line.books.unpriced,
    };
    books = { ...added(books, line.books), ...doubts };
    openAi = added(openAi, line.openAi);
  }
  return { books, openAi, isEqual: areEqual(books, openAi) };
};

const keysOf = (usage: BothCounts["usage"], costs: BothCounts["costs"]): KeyTotal[] => {
  const keys = new Map<string, KeyTotal>();
  const add = (project: string, keyId: string, requests: number, usd: number | undefined): void => {
    const key = keys.get(`${project} ${keyId}`) ?? { project, keyId, requests: 0, usd: undefined };
    const sum = { ...key, requests: key.requests + requests, usd: plus(key.usd, usd) };
    keys.set(`${project} ${keyId}`, sum);
  };
  for (const { project, keyId, requests } of usage) add(project, keyId, requests, undefined);
  for (const { project, keyId, usd } of costs) add(project, keyId, 0, usd);
  return [...keys.values()].sort((one, other) => (other.usd ?? 0) - (one.usd ?? 0));
};

// Those that were not used too: their projects are no other program's.
const upstreamKeysOf = (
  sums: readonly Sums[],
  projects: BothCounts["projects"],
): Reconciliation["upstreamKeys"] => {
  const byKey = Map.groupBy(sums, ({ group }) => group.upstream_key ?? "");
  const names = [...new Set([...byKey.keys(), ...projects.keys()])].filter((name) => name !== "");
  return names.map((name) => {
    const all = byKey.get(name) ?? [];
    return {
      name,
      project: projects.get(name),
      requests: all.reduce((sum, { answered, cacheHits }) => sum + answered - cacheHits, 0),
      usd: all.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0) / 1e9,
    };
  });
};

// Asks OpenAI's moderation endpoint about what callers send, before a model reads it.
import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { Failure } from "../../failures/failure.ts";
import type { Outcome } from "../../upstream/outcome.ts";
import type { Upstream } from "../../upstream/upstream.ts";
import { batchesOf } from "./batches.ts";

export interface ModerationRule {
  model: string;
  /** What happens when OpenAI cannot be asked: it cannot be reached, fails, or does not answer in time. */
  whenUnavailable: "pass" | "refuse";
  /** What happens to what is not in the request as a text: files, tokens, earlier responses. */
  whenUnreadable: "pass" | "refuse";
}

/**
 * Throws `input-flagged`; `input-unreadable` when OpenAI does not take the texts; `request-too-large` for more than can be
 * checked; `moderation-unavailable` when OpenAI cannot be asked, unless the rule says otherwise.
 */
export type Moderate = (
  rule: ModerationRule,
  texts: readonly string[],
  callerId: string,
  signal: AbortSignal,
) => Promise<void>;

export interface ModerationPorts {
  upstream: Pick<Upstream, "moderate">;
  /** For each request to the endpoint. */
  timeoutMs: number;
  /** Hears that a text passed without a check. */
  onUnchecked(cause: unknown): void;
}

/** A conversation is sent again with each of its turns: what was found harmless is not asked about again. */
const REMEMBERED = 10_000;
/** One request here must not be hundreds at OpenAI: 2 MiB, as pieces are checked joined in two ways. */
const MAX_BATCHES = 64;
const MAX_TEXTS = 10_000;
const AT_ONCE = 4;

export const moderateWith = ({ upstream, timeoutMs, onUnchecked }: ModerationPorts): Moderate => {
  const harmless = new LRUCache<string, true>({ max: REMEMBERED });

  const isFlagged = async (
    model: string,
    input: readonly string[],
    callerId: string,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const flags = await upstream.moderate({ model, input, callerId, signal, timeoutMs });
    return flags.includes(true);
  };

  return async ({ model, whenUnavailable }, texts, callerId, signal) => {
    if (texts.length > MAX_TEXTS) throw tooMuch();
    const unknown = new Map(texts.map((text) => [keyOf(model, text), text]));
    for (const key of unknown.keys()) if (harmless.get(key)) unknown.delete(key);
    const batches = batchesOf([...unknown.values()]);
    if (batches.length > MAX_BATCHES) throw tooMuch();
    for (let at = 0; at < batches.length; at += AT_ONCE) {
      const asked = batches.slice(at, at + AT_ONCE).map((batch) => isFlagged(model, batch, callerId, signal));
      const verdicts = await Promise.allSettled(asked);
      signal.throwIfAborted();
      // What one of them found counts, whatever became of the others.
      if (verdicts.some((verdict) => verdict.status === "fulfilled" && verdict.value)) {
        throw new Failure("input-flagged");
      }
      const causes = verdicts.flatMap((verdict) => (verdict.status === "rejected" ? [verdict.reason] : []));
      if (causes.length === 0) continue;
      for (const cause of causes) refuseUnlessDown(cause, whenUnavailable);
      onUnchecked(causes[0]);
      return;
    }
    for (const key of unknown.keys()) harmless.set(key, true);
  };
};

const tooMuch = (): Failure =>
  new Failure(
    "request-too-large",
    "Moderation is on for you: send less than 1 MiB and 2000 messages of new text at once.",
  );

/** OpenAI says that the texts are at fault, not the time or the key. */
const unreadable = new Set([400, 413, 415, 422]);

// A refusal is an answer. A caller could bring it about, with odd texts or too many of them, and be let through by it.
const refuseUnlessDown = (cause: unknown, whenUnavailable: ModerationRule["whenUnavailable"]): void => {
  const status = statusOf(cause);
  if (status !== undefined && unreadable.has(status)) {
    throw new Failure("input-unreadable", "OpenAI's moderation does not take it.", { cause });
  }
  const isDown = status === undefined || status >= 500;
  if (whenUnavailable === "pass" && isDown && !isWithoutKey(cause)) return;
  const headers = { "retry-after": "1", ...(cause instanceof Failure && cause.headers) };
  throw new Failure("moderation-unavailable", undefined, { cause, headers });
};

// OpenAI takes none of the keys, or none is for this model: nothing would ever be checked.
const isWithoutKey = (error: unknown): boolean => {
  if (!(error instanceof Failure) || error.code !== "upstream-unavailable") return false;
  const { outcome } = (error.cause ?? {}) as { outcome?: Outcome };
  return outcome?.kind !== "failed";
};

/** OpenAI's status, where it answered. */
const statusOf = (error: unknown): number | undefined => {
  if (!(error instanceof Failure)) return undefined;
  const { report } = (error.cause ?? {}) as { report?: { status?: number } };
  return report?.status ?? (error.status < 500 ? error.status : undefined);
};

const keyOf = (model: string, text: string): string => hash("sha256", `${model}\n${text}`, "base64url");

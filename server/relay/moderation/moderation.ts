// Moderation: OpenAI's moderation endpoint checks the texts that callers send, before a model reads them.
import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { Failure } from "../../failures/failure.ts";
import type { Outcome } from "../../upstream/outcome.ts";
import type { Upstream } from "../../upstream/upstream.ts";
import { batchesOf } from "./batches.ts";

export interface ModerationRule {
  model: string;
  /** What happens to a request when the endpoint cannot be reached, fails, or does not answer in time. */
  whenUnavailable: "pass" | "refuse";
  /** What happens to a request with content that is no text in it: files, tokens, earlier responses. */
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
  timeoutMs(): number;
  /** Called when texts passed without a check, with the reason. */
  onUnchecked(cause: unknown): void;
}

/** Texts. Each turn of a conversation sends the earlier ones again: those found harmless are not checked again. */
const REMEMBERED = 10_000;
/** So that one request here is not hundreds at OpenAI. 64 are 2 MiB, as texts are checked joined in two ways. */
const MAX_BATCHES = 64;
const MAX_TEXTS = 10_000;
const CONCURRENT_BATCHES = 4;

export const moderateWith = ({ upstream, timeoutMs, onUnchecked }: ModerationPorts): Moderate => {
  const harmless = new LRUCache<string, true>({ max: REMEMBERED });

  const isFlagged = async (
    model: string,
    input: readonly string[],
    callerId: string,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const flags = await upstream.moderate({ model, input, callerId, signal, timeoutMs: timeoutMs() });
    return flags.includes(true);
  };

  return async ({ model, whenUnavailable }, texts, callerId, signal) => {
    if (texts.length > MAX_TEXTS) throw tooMuch();
    const unknown = new Map(texts.map((text) => [keyOf(model, text), text]));
    for (const key of unknown.keys()) if (harmless.get(key)) unknown.delete(key);
    const batches = batchesOf([...unknown.values()]);
    if (batches.length > MAX_BATCHES) throw tooMuch();
    for (let at = 0; at < batches.length; at += CONCURRENT_BATCHES) {
      const asked = batches
        .slice(at, at + CONCURRENT_BATCHES)
        .map((batch) => isFlagged(model, batch, callerId, signal));
      const verdicts = await Promise.allSettled(asked);
      signal.throwIfAborted();
      // One flagged batch is enough, even if others failed.
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

/** Statuses with which OpenAI blames the texts. */
const unreadable = new Set([400, 413, 415, 422]);

// A 4xx always refuses: callers could cause one, with odd texts or too many of them, to get past the check.
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

// No key is accepted, or none is for this model: with `pass`, nothing would ever be checked.
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

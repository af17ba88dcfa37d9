// Asks OpenAI's moderation endpoint about what callers send, before a model reads it.
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { Failure } from "../failure.ts";
import type { Recipient, Relays } from "../upstream/relaying.ts";

export interface ModerationRule {
  model: string;
  /** What happens when OpenAI cannot be asked. */
  whenUnavailable: "pass" | "refuse";
}

/** Throws `input-flagged`, or `moderation-unavailable` where the rule says so. */
export type Moderate = (
  rule: ModerationRule,
  texts: readonly string[],
  callerId: string,
  signal: AbortSignal,
) => Promise<void>;

export interface ModerationPorts {
  upstream: Relays;
  timeoutMs: number;
  /** Hears that a text passed without a check. */
  onUnchecked(cause: unknown): void;
}

/** A conversation is sent again with each of its turns: what was found harmless is not asked about again. */
const REMEMBERED = 10_000;

export const moderateWith = ({ upstream, timeoutMs, onUnchecked }: ModerationPorts): Moderate => {
  const harmless = new LRUCache<string, true>({ max: REMEMBERED });

  const isFlagged = async (
    model: string,
    input: readonly string[],
    callerId: string,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const answer = collecting();
    const request = {
      method: "POST",
      target: "/moderations",
      headers: ["content-type", "application/json", "accept-encoding", "identity"],
      body: { kind: "kept" as const, bytes: Buffer.from(JSON.stringify({ model, input })) },
      callerId,
      model,
      signal,
      timeoutMs,
      isCallersTime: false,
    };
    await upstream.relay(request, answer);
    return flaggedIn(await answer.whole);
  };

  return async ({ model, whenUnavailable }, texts, callerId, signal) => {
    const unknown = new Map(
      texts.filter((text) => text.trim() !== "").map((text) => [keyOf(model, text), text]),
    );
    for (const key of unknown.keys()) if (harmless.get(key)) unknown.delete(key);
    if (unknown.size === 0) return;
    let flagged: boolean;
    try {
      flagged = await isFlagged(model, [...unknown.values()], callerId, signal);
    } catch (cause) {
      signal.throwIfAborted();
      if (whenUnavailable === "refuse") throw new Failure("moderation-unavailable", undefined, { cause });
      onUnchecked(cause);
      return;
    }
    if (flagged) throw new Failure("input-flagged");
    for (const key of unknown.keys()) harmless.set(key, true);
  };
};

const keyOf = (model: string, text: string): string =>
  createHash("sha256").update(`${model}\n${text}`).digest("base64url");

const collecting = (): Recipient & { whole: Promise<string> } => {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // Nobody waits for it when the answer never begins.
  promise.catch(() => {});
  const chunks: Uint8Array[] = [];
  let isFine = false;
  return {
    whole: promise,
    onHead: (status) => {
      isFine = status === 200;
    },
    onData: (chunk) => chunks.push(chunk),
    onEnd: () => {
      const text = Buffer.concat(chunks).toString("utf8");
      if (isFine) resolve(text);
      else reject(new Error("OpenAI refused to moderate"));
    },
    onBreak: reject,
  };
};

const flaggedIn = (text: string): boolean => {
  const { results } = JSON.parse(text) as { results?: { flagged?: unknown }[] };
  if (!Array.isArray(results) || results.some(({ flagged }) => typeof flagged !== "boolean")) {
    throw new Error("OpenAI's moderation has not the documented shape");
  }
  return results.some(({ flagged }) => flagged === true);
};

// One upstream key's account at OpenAI: what the pool does with the key it has chosen.
import type { Outcome } from "./outcome.ts";
import type { Recipient, RelayedRequest } from "./relay.ts";
import type { MintedKey, MintRequest, ModerationRequest } from "./upstream.ts";

/** Each method ends within `timeoutMs`, and throws like `Upstream`. */
export interface UpstreamAccount {
  mint(request: MintRequest, timeoutMs: number): Promise<MintedKey>;
  relay(request: RelayedRequest, recipient: Recipient, timeoutMs: number): Promise<RelayResult>;
  moderate(request: ModerationRequest, timeoutMs: number): Promise<readonly boolean[]>;
  /** Whether OpenAI can be reached and accepts the key; it costs nothing. Never rejects. */
  probe(signal: AbortSignal): Promise<Outcome>;
}

/** `refused`: OpenAI found a fault with the request, and the recipient received the error. */
export type RelayResult = "answered" | "refused";

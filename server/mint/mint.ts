// Mints keys and starts calls: a caller's key request becomes a session, and the session a key.
import type { Caller } from "../auth/caller.ts";
import type { FunctionTool, KeyRequest } from "../profiles/compose.ts";
import type { Profile } from "../profiles/profile.ts";
import type { ConnectAddresses, Upstream } from "../upstream/upstream.ts";
import { type StartCall, startCall } from "./call.ts";
import { type Grant, grantOf } from "./grant.ts";
import { type SafeSession, safeSession } from "./safe-session.ts";

/** The body of `/ephemeral-key`'s answer, as it is sent. */
export interface EphemeralKey {
  value: string;
  /** Unix seconds. */
  expires_at: number;
  profile: string;
  session: SafeSession;
  connect: ConnectAddresses;
}

export interface Minted {
  key: EphemeralKey;
  openAiRequestId: string | undefined;
  /** The name of the key at OpenAI. */
  upstreamKey: string;
}

export interface Minting {
  /** What the caller may have of what they ask. Throws `profile-unknown`, `profile-forbidden` or `key-request-invalid`. */
  grant(caller: Caller, keyRequest: KeyRequest): Grant;
  /** Mints one key per call; nothing is kept. Throws what the upstream throws. */
  mint(caller: Caller, grant: Grant, signal: AbortSignal): Promise<Minted>;
  /** Answers the recipient with OpenAI's SDP, and resolves with the upstream key's name. Throws what the upstream throws. */
  startCall: StartCall;
}

export interface MintPorts {
  profiles: readonly Profile[];
  /** A profile's tools, of those that the caller may call. */
  offeredTools(profile: Profile, caller: Caller): readonly FunctionTool[];
  upstream: Pick<Upstream, "mint" | "relay">;
  /** Makes a caller's id unreadable, and the same every time. */
  hashIdentity(id: string): string;
  /** How long OpenAI may take to answer a call's offer. */
  callTimeoutMs: number;
}

export const createMinting = ({
  profiles,
  offeredTools,
  upstream,
  hashIdentity,
  callTimeoutMs,
}: MintPorts): Minting => {
  return {
    grant: grantOf(profiles, offeredTools),
    mint: async ({ id }, { profile, session, model, ttlSeconds }, signal) => {
      const safetyIdentifier = hashIdentity(id);
      const minted = await upstream.mint({
        callerId: id,
        model,
        session,
        ttlSeconds,
        safetyIdentifier,
        signal,
      });
      const key: EphemeralKey = {
        value: minted.value,
        expires_at: minted.expiresAt,
        profile,
        session: safeSession(session.type, minted.session),
        connect: minted.connect,
      };
      return { key, openAiRequestId: minted.requestId, upstreamKey: minted.upstreamKey };
    },
    startCall: startCall({ upstream, hashIdentity, timeoutMs: callTimeoutMs }),
  };
};

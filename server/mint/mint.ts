// Mints keys and starts calls: a caller's key request becomes a session, and the session a key.
import type { Caller } from "../auth/caller.ts";
import { chooseProfile, composeSession, type FunctionTool, type KeyRequest } from "../profiles/compose.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Session } from "../profiles/session.ts";
import type { Recipient, Relays } from "../upstream/relay.ts";
import type { ConnectAddresses, Upstream } from "../upstream/upstream.ts";
import { startCall } from "./call.ts";
import { type SafeSession, safeSession } from "./safe-session.ts";
import { modelOf } from "./session-model.ts";

/** What a key request is granted. */
export interface Grant {
  /** The profile's name. */
  profile: string;
  session: Session;
  /** Undefined where the session names none. */
  model: string | undefined;
  /** How long the key may start sessions. */
  ttlSeconds: number;
}

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
  startCall(
    caller: Caller,
    grant: Grant,
    offer: string,
    signal: AbortSignal,
    recipient: Recipient,
  ): Promise<string>;
}

export interface MintPorts {
  profiles: readonly Profile[];
  /** A profile's tools, of those that the caller may call. */
  offeredTools(profile: Profile, caller: Caller): readonly FunctionTool[];
  upstream: Pick<Upstream, "mint"> & Relays;
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
  const byName = new Map(profiles.map((profile) => [profile.name, profile]));
  return {
    grant: (caller, { profile: name, session: overrides, ttlSeconds }) => {
      const profile = chooseProfile(byName, caller, name);
      const session = composeSession(profile, offeredTools(profile, caller), overrides);
      return {
        profile: profile.name,
        session,
        model: modelOf(session),
        // Of the profile's time a key request may ask for less.
        ttlSeconds: Math.min(profile.ttl_seconds, ttlSeconds ?? profile.ttl_seconds),
      };
    },
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

// Mints keys and starts calls: a caller's key request is granted a session, and the session becomes a key.
import type { Caller } from "../auth/caller.ts";
import { Failure } from "../failures/failure.ts";
import type { AttemptLog } from "../observe/event.ts";
import { chooseProfile, composeSession, type FunctionTool, type KeyRequest } from "../profiles/compose.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Session } from "../profiles/session.ts";
import type { SessionSettings, SupervisionKind } from "../profiles/supervision.ts";
import type { Secret } from "../secret.ts";
import type { ConnectAddresses, Upstream } from "../upstream/upstream.ts";
import { type StartCall, startCall } from "./call.ts";

/** What a key request is granted. */
export interface Grant {
  /** The profile's name. */
  profile: string;
  session: Session;
  /** Undefined where the session names none. */
  model: string | undefined;
  /** How long the key may start sessions. */
  ttlSeconds: number;
  supervision: SupervisionKind;
  voice: SessionSettings;
}

/** The part of OpenAI's echo of a session that a browser may see: no instructions, no tools, no credentials. */
export interface SafeSession {
  id: string | null;
  type: Session["type"];
  model: string | null;
  output_modalities: string[] | null;
  voice: string | null;
}

/** A key for a page. */
export interface EphemeralKey {
  value: Secret;
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
  mint(caller: Caller, grant: Grant, signal: AbortSignal, attemptLog?: AttemptLog): Promise<Minted>;
  /** Answers the recipient with OpenAI's SDP, and resolves with the upstream key's name. Throws what the upstream throws. */
  startCall: StartCall;
}

export interface MintPorts {
  profiles: readonly Profile[];
  /** A profile's tools, of those that the caller may call. */
  offeredTools(profile: Profile, caller: Caller): readonly FunctionTool[];
  /** The names of those that the service itself runs. */
  serverTools(profile: Profile, caller: Caller): readonly string[];
  upstream: Pick<Upstream, "mint" | "relay">;
  /** Makes a caller's id unreadable, and the same every time. */
  hashIdentity(id: string): string;
  /** How long OpenAI may take to answer a call's offer. */
  callTimeoutMs: number;
}

export const createMinting = ({
  profiles,
  offeredTools,
  serverTools,
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
        // A key request may ask for less than the profile's time.
        ttlSeconds: Math.min(profile.ttl_seconds, ttlSeconds ?? profile.ttl_seconds),
        supervision: profile.supervision,
        voice: { ...profile.voice, serverTools: serverTools(profile, caller) },
      };
    },
    mint: async ({ id }, { profile, session, model, ttlSeconds }, signal, attemptLog) => {
      if (session.type === "live") throw new Failure("key-request-invalid", "GPT-Live has no keys.");
      const safetyIdentifier = hashIdentity(id);
      const minted = await upstream.mint({
        callerId: id,
        model,
        session,
        ttlSeconds,
        safetyIdentifier,
        signal,
        attemptLog,
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

type Json = Record<string, unknown>;

/** The model of a session, for the choice of a key. Undefined where none is named. A transcription session's stands deeper. */
export const modelOf = (session: Json): string | undefined =>
  text(session.model) ?? text(part(part(part(session, "audio"), "input"), "transcription").model);

export const safeSession = (type: SafeSession["type"], echo: Json): SafeSession => {
  const modalities = echo.output_modalities;
  const output = part(part(echo, "audio"), "output");
  return {
    id: text(echo.id) ?? null,
    type,
    model: modelOf(echo) ?? null,
    output_modalities: Array.isArray(modalities)
      ? modalities.filter((each) => typeof each === "string")
      : null,
    // A voice of one's own has an id.
    voice: text(output.voice) ?? text(part(output, "voice").id) ?? null,
  };
};

/** An object inside an object; empty where there is none. */
const part = (value: Json, name: string): Json => {
  const inner = value[name];
  return typeof inner === "object" && inner !== null ? (inner as Json) : {};
};

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

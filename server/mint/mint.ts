// The main job: a granted session to a key, and the key to the answer that may leave.
import type { Caller } from "../auth/caller.ts";
import type { Granted } from "../profiles/compose.ts";
import type { ConnectAddresses, Upstream } from "../upstream/upstream.ts";
import { modelOf, part } from "./session-model.ts";

/** A key, and what the log should know about it. */
export interface Mint {
  key: EphemeralKey;
  openAiRequestId: string | undefined;
  upstreamKey: string;
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

/** The part of OpenAI's echo that a browser may see: no instructions, no tools, no credentials. */
export interface SafeSession {
  id: string | null;
  type: "realtime" | "transcription";
  model: string | null;
  output_modalities: string[] | null;
  voice: string | null;
}

export interface MintPorts {
  upstream: Pick<Upstream, "mint">;
  /** Makes a caller's id unreadable, and the same every time. */
  hashIdentity(id: string): string;
}

/** Mints one key per call; nothing is kept. Throws what the upstream throws. */
export const mintEphemeralKey =
  ({ upstream, hashIdentity }: MintPorts) =>
  async (
    caller: Caller,
    profileName: string,
    { session, ttlSeconds }: Granted,
    signal: AbortSignal,
  ): Promise<Mint> => {
    const minted = await upstream.mint({
      callerId: caller.id,
      model: modelOf(session),
      session,
      ttlSeconds,
      safetyIdentifier: hashIdentity(caller.id),
      signal,
    });
    const key: EphemeralKey = {
      value: minted.value,
      expires_at: minted.expiresAt,
      profile: profileName,
      session: safeSession(session.type, minted.session),
      connect: minted.connect,
    };
    return { key, openAiRequestId: minted.requestId, upstreamKey: minted.upstreamKey };
  };

type Json = Record<string, unknown>;

const safeSession = (type: SafeSession["type"], echo: Json): SafeSession => {
  const modalities = echo.output_modalities;
  return {
    id: text(echo.id),
    type,
    model: modelOf(echo) ?? null,
    output_modalities: Array.isArray(modalities)
      ? modalities.filter((each) => typeof each === "string")
      : null,
    voice: voiceOf(part(part(echo, "audio"), "output").voice),
  };
};

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

const voiceOf = (voice: unknown): string | null =>
  typeof voice === "object" && voice !== null && "id" in voice ? text(voice.id) : text(voice);

// The session schema against the openai package's own types: the compiler fails here when they drift apart.

import type { BuiltInVoice, MediaSessionConfig } from "openai/resources/live/live";
import type {
  AudioTranscription,
  RealtimeSession,
  RealtimeSessionCreateRequest,
  RealtimeTranscriptionSessionCreateRequest,
} from "openai/resources/realtime/realtime";
import { expect, test } from "vitest";
import type { z } from "zod";
import type {
  liveModels,
  liveVoices,
  realtimeModels,
  transcriptionModels,
  voices,
} from "../../server/profiles/openai-names.ts";
import { realtimeSession, transcriptionSession } from "../../server/profiles/session.ts";
import { liveSession } from "../../server/profiles/session-live.ts";

type Missing<Theirs, Ours> = Exclude<keyof Theirs, keyof Ours>;

// OpenAI's own text says that null turns a part off; its types forget that for noise_reduction and transcription.
type NotNull<T> = T extends object ? { [Name in keyof T]: NotNull<Exclude<T[Name], null>> } : T;

const fits =
  <Theirs>() =>
  <Schema extends z.ZodType>(_schema: NotNull<z.output<Schema>> extends NotNull<Theirs> ? Schema : never) =>
    true;

test("whatever a profile may say, OpenAI's types accept", () => {
  expect(fits<RealtimeSessionCreateRequest>()(realtimeSession)).toBe(true);
  expect(fits<RealtimeTranscriptionSessionCreateRequest>()(transcriptionSession)).toBe(true);
  expect(fits<MediaSessionConfig>()(liveSession.omit({ type: true }))).toBe(true);
});

test("no field of OpenAI's session is missing but the stored prompt, which ends on 2026-11-30", () => {
  const missing: Missing<RealtimeSessionCreateRequest, z.output<typeof realtimeSession>> = "prompt";
  const none: Missing<RealtimeTranscriptionSessionCreateRequest, z.output<typeof transcriptionSession>>[] =
    [];
  expect([missing, ...none]).toEqual(["prompt"]);
});

// Their types also take every other string.
type Named<T> = T extends string ? (string extends T ? never : T) : never;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

test("no field of GPT-Live's session is missing but the user, whom the service names", () => {
  const missing: Missing<MediaSessionConfig, z.output<typeof liveSession>> = "safety_identifier";
  expect(missing).toBe("safety_identifier");
});

test("the voices and models that the start knows are those of OpenAI's types", () => {
  const voice: Same<(typeof voices)[number], Named<RealtimeSession["voice"]>> = true;
  const model: Same<(typeof realtimeModels)[number], Named<RealtimeSessionCreateRequest["model"]>> = true;
  const transcription: Same<(typeof transcriptionModels)[number], Named<AudioTranscription["model"]>> = true;
  const liveVoice: Same<(typeof liveVoices)[number], BuiltInVoice> = true;
  // Its types name one of the two that have a page.
  const live: Named<MediaSessionConfig["model"]> extends (typeof liveModels)[number] ? true : never = true;
  expect([voice, model, transcription, liveVoice, live]).toEqual([true, true, true, true, true]);
});

// The part of OpenAI's echo of a session that a browser may see: no instructions, no tools, no credentials.
import { modelOf, part } from "./session-model.ts";

export interface SafeSession {
  id: string | null;
  type: "realtime" | "transcription";
  model: string | null;
  output_modalities: string[] | null;
  voice: string | null;
}

export const safeSession = (type: SafeSession["type"], echo: Record<string, unknown>): SafeSession => {
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

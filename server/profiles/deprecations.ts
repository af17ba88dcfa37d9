// Models that OpenAI has announced to shut down, for warnings at start.
// Source: the doc comments of the npm package `openai` 7.57.0 and https://developers.openai.com/api/docs/deprecations.
import type { Session } from "./session.ts";

const deprecations: [date: string, models: string[]][] = [
  [
    "2026-05-07",
    [
      "gpt-4o-realtime-preview",
      "gpt-4o-realtime-preview-2024-10-01",
      "gpt-4o-realtime-preview-2024-12-17",
      "gpt-4o-realtime-preview-2025-06-03",
      "gpt-4o-mini-realtime-preview",
      "gpt-4o-mini-realtime-preview-2024-12-17",
    ],
  ],
  [
    "2027-01-20",
    [
      "gpt-realtime",
      "gpt-realtime-2025-08-28",
      "gpt-realtime-mini",
      "gpt-realtime-mini-2025-12-15",
      "gpt-audio-mini",
      "gpt-audio-mini-2025-12-15",
    ],
  ],
  [
    "2027-02-26",
    [
      "whisper-1",
      "gpt-4o-mini-transcribe",
      "gpt-4o-mini-transcribe-2025-12-15",
      "gpt-4o-transcribe",
      "gpt-4o-transcribe-diarize",
    ],
  ],
];

/** Sentences about what will stop working. `today` is `YYYY-MM-DD`. */
export const sessionWarnings = (session: Session, today: string): string[] => {
  const warnings: string[] = [];
  const models = [
    ["model", session.type === "transcription" ? undefined : session.model],
    [
      "audio.input.transcription.model",
      session.type === "live" ? undefined : session.audio?.input?.transcription?.model,
    ],
  ] as const;
  for (const [field, model] of models) {
    const date = deprecations.find(([, names]) => model !== undefined && names.includes(model))?.[0];
    if (date === undefined) continue;
    const verb = date <= today ? "shut down" : "will shut down";
    warnings.push(`session.${field}: OpenAI ${verb} ${model} on ${date}; choose another`);
  }
  return warnings;
};

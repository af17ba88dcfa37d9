// The Realtime models of the emulator, with the shutdown dates that OpenAI has announced.
import { OpenAiError } from "../http/openai-error.ts";

const models: Record<string, string | null> = {
  "gpt-realtime-2.1": null,
  "gpt-realtime-2.1-mini": null,
  "gpt-realtime-2": null,
  "gpt-realtime-1.5": null,
  "gpt-realtime": "2027-01-20",
  "gpt-realtime-2025-08-28": "2027-01-20",
  "gpt-realtime-mini": "2027-01-20",
  "gpt-realtime-mini-2025-10-06": null,
  "gpt-realtime-mini-2025-12-15": "2027-01-20",
  "gpt-audio-1.5": null,
  "gpt-audio-mini": "2027-01-20",
  "gpt-audio-mini-2025-10-06": null,
  "gpt-audio-mini-2025-12-15": "2027-01-20",
};

// They are listed, and start no conversation.
const transcriptionModels = ["gpt-transcribe", "gpt-live-transcribe", "gpt-realtime-whisper"];

/** They start GPT-Live's sessions, which are none of Realtime. */
export const liveModels: readonly string[] = ["gpt-live-1", "gpt-live-1.1"];

const describe = (id: string) => ({
  id,
  object: "model",
  created: 1_756_310_470,
  owned_by: "system",
  shutdown_date: models[id] ?? null,
});

/** The body of `GET /v1/models`. */
export const listModels = () => ({
  object: "list",
  data: [...Object.keys(models), ...liveModels, ...transcriptionModels].map(describe),
});

/** The body of `GET /v1/models/{model}`; throws OpenAI's 404 for a model that is shut down or unknown. */
export const findModel = (id: string) => {
  if (Object.hasOwn(models, id)) return describe(id);
  const message = `The model \`${id}\` does not exist or you do not have access to it.`;
  throw new OpenAiError(404, "model_not_found", message, "model");
};

// Tries a key over OpenAI's own client: the list of models, and a minted key that ends after ten seconds.
import { redact } from "../observe/redact.ts";
import { clientOptions } from "./client-options.ts";
import { toError } from "./error-response.ts";
import type { KeyTrial, TryKey } from "./key-trial.ts";
import type { KeyAccess } from "./keys.ts";

const TIMEOUT_MS = 15_000;
const SHORTEST_LIFE_SECONDS = 10;

export const openAiKeyTrial =
  (fetch: typeof globalThis.fetch): TryKey =>
  async (key, withMint, signal) => {
    let models: readonly string[] | undefined;
    try {
      const client = await connect(key, fetch);
      models = (await client.models.list({ signal })).data.map(({ id }) => id);
      if (withMint) {
        const expires_after = { anchor: "created_at" as const, seconds: SHORTEST_LIFE_SECONDS };
        await client.realtime.clientSecrets.create({ expires_after }, { signal });
      }
      return { isAccepted: true, models, canMint: withMint || undefined, problem: undefined };
    } catch (error) {
      signal.throwIfAborted();
      return failedTrial(models, withMint, error);
    }
  };

const failedTrial = (models: readonly string[] | undefined, withMint: boolean, error: unknown): KeyTrial => {
  const what = models ? "it cannot mint" : "it cannot list models";
  return {
    isAccepted: models !== undefined,
    models: models ?? [],
    canMint: withMint ? false : undefined,
    problem: `${what}: ${reasonOf(error)}`,
  };
};

const reasonOf = (error: unknown): string => {
  const { status, error: body } = error as { status?: number; error?: unknown };
  const said = typeof status === "number" ? toError(status, body).message : undefined;
  const text =
    said === undefined
      ? `OpenAI cannot be reached (${error instanceof Error ? error.message : String(error)})`
      : `OpenAI answered ${status}: ${said}`;
  return redact(text, 200);
};

const connect = async (
  { token, base_url: baseUrl, organization, project }: KeyAccess,
  fetch: typeof globalThis.fetch,
) => {
  const { OpenAI } = await import("openai");
  const access = { baseUrl, organization, project, fetch, timeoutMs: TIMEOUT_MS };
  return new OpenAI(clientOptions({ ...access, apiKey: token.current().reveal() }));
};

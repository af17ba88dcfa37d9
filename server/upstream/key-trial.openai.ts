// Tries a key over OpenAI's own client: the list of models, and a minted key that ends after ten seconds.
import { type Dispatcher, fetch } from "undici";
import { redact } from "../observe/redact.ts";
import { toError } from "./error-response.ts";
import type { KeyTrial, TryKey } from "./key-trial.ts";
import { type KeyAccess, USER_AGENT } from "./keys.ts";

const TIMEOUT_MS = 15_000;
const SHORTEST_LIFE_SECONDS = 10;

export const openAiKeyTrial =
  (agent: Dispatcher): TryKey =>
  async (key, withMint, signal) => {
    let models: readonly string[] | undefined;
    try {
      const client = await connect(key, agent);
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

const connect = async ({ token, base_url, organization, project }: KeyAccess, agent: Dispatcher) => {
  const { OpenAI } = await import("openai");
  // Nothing is left to the client's own defaults, which come from the environment.
  return new OpenAI({
    ...{ apiKey: token.current().reveal(), adminAPIKey: null, baseURL: base_url, webhookSecret: null },
    ...{ organization: organization ?? null, project: project ?? null, logLevel: "off" as const },
    ...{ timeout: TIMEOUT_MS, maxRetries: 0, defaultHeaders: { "user-agent": USER_AGENT } },
    // undici's own, since an agent fits only the fetch of its own version.
    fetch: fetch as unknown as typeof globalThis.fetch,
    // A redirect would take the key to another place.
    fetchOptions: { redirect: "manual", dispatcher: agent },
  } as ConstructorParameters<typeof OpenAI>[0]);
};

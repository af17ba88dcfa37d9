// The subject token from the metadata server of a cloud, asked by the `openai` package's own providers.
import {
  azureManagedIdentityTokenProvider,
  gcpIDTokenProvider,
  type SubjectTokenProvider,
} from "openai/auth";
import { Agent, fetch as fetchWith } from "undici";
import { messageOf } from "../upstream-error.ts";
import { IdentityError } from "./identity-error.ts";
import { type SubjectTokens, subjectTokenOf } from "./subject-token.ts";
import type { IdentityBy } from "./workload-identity.ts";

/** It is on the machine, or next to it. */
const CONNECT_MS = 2000;
const ANSWER_MS = 5000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** Google's identity token of the service account that is attached to the machine, the service or the pod. */
export const googleIdentity = ({ audience, metadata_url: origin }: IdentityBy<"gcp">): SubjectTokens =>
  metadataServer("Google's metadata server", origin, "attach a service account to the machine", (ask) =>
    gcpIDTokenProvider(audience, {
      timeout: ANSWER_MS,
      fetch: async (url, init) => {
        const response = await ask(url, init);
        // Others may answer at that address, such as a captive portal.
        if (response.headers.get("metadata-flavor") === "Google") return response;
        throw new Error(`what answered ${response.status} is not Google's`);
      },
    }),
  );

/** Azure's access token of a managed identity, for the application that stands for OpenAI. */
export const azureIdentity = ({
  resource,
  client_id: clientId,
  metadata_url: origin,
}: IdentityBy<"azure">): SubjectTokens =>
  metadataServer(
    "Azure's metadata service",
    origin,
    "give the machine a managed identity, and look at resource",
    (ask) =>
      azureManagedIdentityTokenProvider(resource, {
        timeout: ANSWER_MS,
        fetch: ask,
        ...(clientId !== undefined && { clientId }),
      }),
  );

type Fetch = typeof globalThis.fetch;

const metadataServer = (
  name: string,
  origin: string | undefined,
  advice: string,
  providerOver: (ask: Fetch) => SubjectTokenProvider,
): SubjectTokens => ({
  read: async (signal) => {
    // It is never behind a proxy, and asked once in minutes: no connection is kept.
    await using agent = closing(
      new Agent({ connect: { timeout: CONNECT_MS }, pipelining: 0, maxResponseSize: MAX_ANSWER_BYTES }),
    );
    const ask = async (input: unknown, init: RequestInit = {}) => {
      const url = new URL(String(input));
      const target = origin === undefined ? url : new URL(url.pathname + url.search, origin);
      const signals = init.signal ? [signal, init.signal] : [signal];
      const headers = init.headers as Record<string, string>;
      return fetchWith(target, {
        headers,
        // A redirect would have another server say who this service is.
        redirect: "error",
        signal: AbortSignal.any(signals),
        dispatcher: agent.dispatcher,
      });
    };
    // Node's types and undici's describe other versions of the same: TypeScript finds no overlap.
    const provider = providerOver(ask as unknown as Fetch);
    try {
      return subjectTokenOf(await provider.getToken(), provider.tokenType, `the answer of ${name}`);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof IdentityError) throw error;
      throw new IdentityError("away", `${name} gives no token (${reasonOf(error)}); ${advice}`, {
        cause: error,
      });
    }
  },
});

const closing = (dispatcher: Agent) => ({
  dispatcher,
  [Symbol.asyncDispose]: () => dispatcher.destroy(),
});

/** The package and fetch wrap what happened, and repeat it. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && error.cause instanceof Error ? reasonOf(error.cause) : messageOf(error);

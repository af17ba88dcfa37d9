// Calls that are not hot, over OpenAI's own client: moderations.
import type { ClientOptions, OpenAI } from "openai";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Failure } from "../failures/failure.ts";
import { clientOptions } from "./client-options.ts";
import { readErrorResponse, refusedFailure, toError } from "./error-response.ts";
import type { KeyAccess } from "./keys.ts";
import type { ModerationRequest, UpstreamAccount } from "./upstream.ts";
import { connectionFailure, timeoutFailure, unreadableFailure, upstreamErrorOf } from "./upstream-error.ts";

interface SdkPorts {
  fetch: typeof globalThis.fetch;
  clock: Pick<Clock, "now">;
}

type Sdk = typeof import("openai");

/**
 * Throws `upstream-refused` or `upstream-timeout`. Time limits are signals of ours, as the client's own does not cover the body of
 * an error response.
 */
export const sdkAccount = (key: KeyAccess, { fetch, clock }: SdkPorts): Pick<UpstreamAccount, "moderate"> => {
  // Loaded by the first call: the package takes 9 MiB, and most services need no moderations.
  let client: OpenAI | undefined;
  const connect = async () => {
    const sdk = await import("openai");
    client ??= new sdk.OpenAI(optionsOf(key, fetch));
    return { sdk, client };
  };
  return {
    moderate: async (request, timeoutMs) => {
      // The client would wrap what is thrown in its own error.
      key.token.current();
      const { sdk, client } = await connect();
      const deadline = AbortSignal.timeout(Math.ceil(timeoutMs));
      const signal = AbortSignal.any([request.signal, deadline]);
      try {
        const body = { model: request.model, input: [...request.input] };
        return readResults(await client.moderations.create(body, { signal }), request);
      } catch (error) {
        request.signal.throwIfAborted();
        throw deadline.aborted ? timeoutFailure() : failureOf(error, sdk, clock.now());
      }
    },
  };
};

const optionsOf = (
  { token, base_url: baseUrl, organization, project }: KeyAccess,
  fetch: SdkPorts["fetch"],
): ClientOptions =>
  clientOptions({
    ...{ baseUrl, organization, project, fetch },
    apiKey: async () => token.current().reveal(),
  });

const moderations = z.object({ results: z.array(z.object({ flagged: z.boolean() })) });

const readResults = (response: unknown, { input }: ModerationRequest): readonly boolean[] => {
  const { data } = moderations.safeParse(response);
  if (data?.results.length !== input.length) {
    throw unreadableFailure("OpenAI's moderation has not the documented shape", {});
  }
  return data.results.map(({ flagged }) => flagged);
};

const failureOf = (error: unknown, sdk: Sdk, now: number): Failure => {
  if (error instanceof sdk.APIConnectionError) return connectionFailure(rootCauseOf(error));
  if (error instanceof sdk.APIError && error.status !== undefined) {
    const headers = Object.fromEntries(error.headers ?? []);
    return refusedFailure(readErrorResponse(toError(error.status, error.error), headers, now));
  }
  if (upstreamErrorOf(error)) return error as Failure;
  // The response broke off, or is no JSON.
  return unreadableFailure("OpenAI's response cannot be read", {});
};

// The client and fetch wrap what happened to the connection.
const rootCauseOf = (error: Error): Error =>
  error.cause instanceof Error ? rootCauseOf(error.cause) : error;

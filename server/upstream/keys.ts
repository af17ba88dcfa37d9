// The configured keys at OpenAI, Azure OpenAI or a compatible server, and the header fields of requests with one of them.
import { z } from "zod";
import { nameSchema } from "../names.ts";
import { hasCredentials, NO_CREDENTIALS } from "../net/url-credentials.ts";
import type { Secret } from "../secret.ts";
import { secretText } from "../secret-schema.ts";
import { workloadIdentitySchema } from "./identity/workload-identity.ts";
import { rotateSchema } from "./rotate-config.ts";

export const OPENAI_URL = "https://api.openai.com/v1";

/** An upstream key itself, without white space around it. */
export const keySecretSchema = secretText(
  z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]+$/, "must be one word of plain characters"),
);

/** The address of OpenAI's API or a compatible one, without a slash at its end. It is told to callers, and in warnings. */
export const baseUrlSchema = z
  .url({ protocol: /^https?$/, error: "must be an http(s) address" })
  .refine((url) => !hasCredentials(url), NO_CREDENTIALS)
  .transform((url) => url.replace(/\/+$/, ""));

/** One entry of `upstream_keys`. */
export const upstreamKeySchema = z
  .strictObject({
    name: nameSchema.describe("What it is called in logs and metrics."),
    secret: keySecretSchema
      .optional()
      .describe("The key itself. Keep it out of the file, in the environment."),
    workload_identity: workloadIdentitySchema
      .optional()
      .describe(
        "In place of a key: the service's own identity, for which OpenAI gives short-lived access tokens.",
      ),
    base_url: baseUrlSchema
      .default(OPENAI_URL)
      .describe("Its region, `https://RESOURCE.openai.azure.com/openai/v1`, or any compatible server."),
    organization: z.string().min(1).optional().describe("The organization to bill."),
    project: z.string().min(1).optional().describe("The project to bill."),
    priority: z.int().min(0).max(1000).default(0).describe("The highest that is healthy goes first."),
    weight: z
      .number()
      .positive()
      .max(1000)
      .default(1)
      .describe("Its share among those of the same priority."),
    models: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("The models it has, such as `gpt-realtime*`; all by default."),
    rotate: rotateSchema
      .optional()
      .describe("Replaces the key by a new one now and then, with OPENAI_ADMIN_KEY and SECRETS_KEY."),
  })
  .refine(({ secret, workload_identity: identity }) => secret || identity, {
    error: "has neither a secret nor a workload_identity; give it one of them",
  })
  .refine(({ secret, workload_identity: identity }) => !(secret && identity), {
    error: "has a secret and a workload_identity; remove one",
  })
  .refine(({ workload_identity: identity, rotate }) => !(identity && rotate), {
    error: "has rotate and a workload_identity, whose tokens are renewed anyway; remove rotate",
  });

export type UpstreamKey = z.output<typeof upstreamKeySchema>;

/** What requests with an upstream key show. It is asked for each request, since a secret may be replaced and a token renewed. */
export interface KeyToken {
  /** Throws a `Failure` whose cause is an `UpstreamError` where there is none. */
  current(): Secret;
  /** Whether there is one now. */
  isAvailable(): boolean;
  /** Told when OpenAI does not accept it. */
  rejected(): void;
}

/** A secret that stays the same until the configuration is read anew. */
class FixedToken implements KeyToken {
  readonly #secret: Secret;

  constructor(secret: Secret) {
    this.#secret = secret;
  }

  current(): Secret {
    return this.#secret;
  }

  isAvailable(): boolean {
    return true;
  }

  // Only the operator can change it.
  rejected(): void {}

  isSame(other: FixedToken): boolean {
    return this.#secret.isSame(other.#secret);
  }
}

export const fixedToken = (secret: Secret): KeyToken => new FixedToken(secret);

/** Whether requests show the same with both. A token that renews itself is the same only as itself. */
export const isSameToken = (a: KeyToken, b: KeyToken): boolean =>
  a === b || (a instanceof FixedToken && b instanceof FixedToken && a.isSame(b));

/** Where an upstream key is used, and what it shows there. */
export interface KeyAccess extends Pick<UpstreamKey, "base_url" | "name" | "organization" | "project"> {
  token: Pick<KeyToken, "current">;
}

/** A key as the service uses it, wherever its token comes from. */
export interface KeyInUse extends KeyAccess, Pick<UpstreamKey, "models" | "priority" | "weight"> {
  token: KeyToken;
  /** The setting that its token comes from, for messages. */
  setting: string;
}

export const USER_AGENT = "realtime-key-broker";

/** The header fields of a request with the key, as undici takes them: name, value, name, value, … */
export const keyHeaders = ({ token, organization, project }: KeyAccess): (() => readonly string[]) => {
  const others = [
    ...["user-agent", USER_AGENT],
    ...(organization === undefined ? [] : ["openai-organization", organization]),
    ...(project === undefined ? [] : ["openai-project", project]),
  ];
  let shown: Secret | undefined;
  let fields: readonly string[] = others;
  return () => {
    const current = token.current();
    if (current !== shown) {
      fields = ["authorization", `Bearer ${current.reveal()}`, ...others];
      shown = current;
    }
    return fields;
  };
};

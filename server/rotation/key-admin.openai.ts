// OpenAI's admin API for the keys of a project, over OpenAI's own client.
import type OpenAI from "openai";
import { redact } from "../observe/redact.ts";
import { Secret } from "../secret.ts";
import { clientOptions } from "../upstream/client-options.ts";
import { toError } from "../upstream/error-response.ts";
import { type KeyAdmin, KeyAdminError } from "./key-admin.ts";

interface Account {
  /** An admin key: it begins with `sk-admin-`. */
  adminKey: Secret;
  baseUrl: string;
  fetch: typeof globalThis.fetch;
}

const TIMEOUT_MS = 30_000;
const A_PAGE = 100;
/** An organization with more keys in one project, or an answer that promises ever more pages, ends there. */
const MOST_ITEMS = 10_000;

export const openAiKeyAdmin = ({ adminKey, baseUrl, fetch }: Account): KeyAdmin => {
  // Loaded by the first call: the package takes 9 MiB, and most replicas never rotate.
  const connect = async () => {
    const { OpenAI } = await import("openai");
    // A creation is never sent twice.
    const access = { baseUrl, fetch, timeoutMs: TIMEOUT_MS, maxRetries: 0 };
    const client = new OpenAI(clientOptions({ ...access, adminAPIKey: adminKey.reveal() }));
    return client.admin.organization.projects;
  };
  const ask = async <Answer>(
    signal: AbortSignal,
    work: (projects: Awaited<ReturnType<typeof connect>>) => Promise<Answer>,
  ): Promise<Answer> => {
    try {
      return await work(await connect());
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof KeyAdminError ? error : failureOf(error);
    }
  };
  return {
    create: ({ project, serviceAccount }, name, signal) =>
      ask(signal, async ({ serviceAccounts }) => {
        if (serviceAccount !== undefined) {
          const params = { project_id: project, name };
          const key = await serviceAccounts.apiKeys.create(serviceAccount, params, { signal });
          return { remoteId: `api_key:${key.id}`, secret: secretIn(key) };
        }
        const account = await serviceAccounts.create(project, { name }, { signal });
        return { remoteId: `service_account:${account.id}`, secret: secretIn(account.api_key) };
      }),
    find: ({ project, serviceAccount }, name, signal) =>
      ask(signal, async ({ serviceAccounts, apiKeys }) => {
        if (serviceAccount === undefined) {
          const accounts = await listed(serviceAccounts.list(project, { limit: A_PAGE }, { signal }));
          return named(accounts, name).map(({ id }) => `service_account:${id}`);
        }
        const query = { limit: A_PAGE, owner_project_access: "any" as const };
        const keys = await listed(apiKeys.list(project, query, { signal }));
        const own = keys.filter(({ owner }) => owner.service_account?.id === serviceAccount);
        return named(own, name).map(({ id }) => `api_key:${id}`);
      }),
    findSecret: (project, secret, signal) =>
      ask(signal, async ({ apiKeys }) => {
        const query = { limit: A_PAGE, owner_project_access: "any" as const };
        const keys = await listed(apiKeys.list(project, query, { signal }));
        const alike = keys.filter(({ redacted_value: shown }) => looksLike(secret, shown));
        return alike.length === 1 ? `api_key:${alike[0]?.id}` : undefined;
      }),
    delete: (project, remoteId, signal) =>
      ask(signal, async ({ serviceAccounts, apiKeys }) => {
        const [kind, id = ""] = remoteId.split(":", 2);
        const resource = kind === "service_account" ? serviceAccounts : apiKeys;
        try {
          await resource.delete(id, { project_id: project }, { signal });
        } catch (error) {
          if ((error as { status?: number }).status !== 404) throw error;
        }
      }),
  };
};

const named = <Item extends { name: string }>(items: readonly Item[], name: string): Item[] =>
  items.filter((item) => item.name === name);

const listed = async <Item>(pages: AsyncIterable<Item>): Promise<Item[]> => {
  const items: Item[] = [];
  for await (const item of pages) {
    items.push(item);
    if (items.length >= MOST_ITEMS) break;
  }
  return items;
};

const secretIn = (key: { value: string } | null): Secret => {
  if (typeof key?.value === "string" && /^[\x21-\x7e]{8,}$/.test(key.value)) return new Secret(key.value);
  throw new KeyAdminError("OpenAI's answer to a new key has not the documented form");
};

/** `sk-abc…wxyz`: the ends of the key that OpenAI shows. Too little of it names no key. */
const looksLike = (secret: Secret, shown: string): boolean => {
  const [begin = "", ...rest] = shown.split(/[.*…]+/);
  const end = rest.at(-1) ?? "";
  return rest.length === 1 && begin.length >= 3 && end.length >= 3 && secret.isBetween(begin, end);
};

const failureOf = (error: unknown): KeyAdminError => {
  const { status, error: body } = error as Partial<InstanceType<typeof OpenAI.APIError>>;
  if (status === 401 || status === 403) {
    const message =
      "OpenAI refused OPENAI_ADMIN_KEY: it takes an admin key that may write the project's service accounts and keys";
    return new KeyAdminError(message, { cause: error });
  }
  const message =
    typeof status === "number"
      ? `OpenAI refused a change of its keys (${status}): ${toError(status, body).message}`
      : `OpenAI could not be asked: ${error instanceof Error ? error.message : String(error)}`;
  return new KeyAdminError(redact(message), { cause: error });
};

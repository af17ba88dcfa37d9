// Secrets in HashiCorp Vault or OpenBao: the KV engines, and engines that make credentials with a lease.
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { parseInput } from "../json/parse-input.ts";
import { Secret } from "../secret.ts";
import { type Lease, SecretError, type SecretStore, type StoredSecret } from "./store.ts";
import { notVault, type VaultAnswer, type VaultApi, vaultRefusal } from "./vault-api.ts";
import type { VaultToken } from "./vault-login.ts";
import type { VaultSession } from "./vault-session.ts";

interface Mount {
  /** Without a slash at its end. */
  path: string;
  isVersioned: boolean;
}

interface Asked {
  at: string;
  isVersioned: boolean;
  token: VaultToken;
  answer: VaultAnswer;
}

const MAX_MOUNTS = 100;

export const vaultSecrets = (api: VaultApi, session: VaultSession): SecretStore => {
  const mounts = new LRUCache<string, Mount>({ max: MAX_MOUNTS });

  const get = (path: string, { token }: VaultToken, signal: AbortSignal): Promise<VaultAnswer> =>
    api.send({ method: "GET", path, token }, signal);

  // As Vault's own command does. Where the policy does not let the service ask, the first part is a versioned KV engine.
  const mountOf = async (path: string, token: VaultToken, signal: AbortSignal): Promise<Mount> => {
    const known = [...mounts.values()].find((mount) => path.startsWith(`${mount.path}/`));
    if (known) return known;
    const answer = await get(`sys/internal/ui/mounts/${path}`, token, signal);
    if (answer.status >= 500) throw vaultRefusal(api.place, answer, path);
    const parsed = answer.status === 200 ? parseInput(mountSchema, answer.body) : undefined;
    if (!parsed?.success) return { path: path.split("/", 1)[0] ?? "", isVersioned: true };
    const { path: name, options } = parsed.data.data;
    const mount = { path: name.replace(/\/$/, ""), isVersioned: options?.version === "2" };
    if (!path.startsWith(`${mount.path}/`)) throw notVault(api.place);
    mounts.set(mount.path, mount);
    return mount;
  };

  const ask = async (path: string, token: VaultToken, signal: AbortSignal): Promise<Asked> => {
    const { path: mount, isVersioned } = await mountOf(path, token, signal);
    const at = isVersioned ? `${mount}/data${path.slice(mount.length)}` : path;
    return { at, isVersioned, token, answer: await get(at, token, signal) };
  };

  // Vault says 403 of a path that the token may not read, and of a token that was revoked before its time.
  const hasEnded = async (token: VaultToken, signal: AbortSignal): Promise<boolean> =>
    token.token !== undefined && (await get("auth/token/lookup-self", token, signal)).status === 403;

  const storedIn = ({ at, isVersioned, token, answer }: Asked): StoredSecret => {
    if (answer.status === 404 && parseInput(versionSchema, answer.body).success) {
      throw new SecretError("refused", "is not there: its newest version in Vault was deleted");
    }
    if (answer.status !== 200) throw vaultRefusal(api.place, answer, `read on ${at}`);
    const parsed = parseInput(isVersioned ? versionedSchema : plainSchema, answer.body);
    if (!parsed.success) throw notVault(api.place);
    const { data, lease_id: id, lease_duration: seconds, changedAt } = parsed.data;
    return {
      text: undefined,
      fields: fieldsOf(data),
      changedAt,
      lease: id ? leaseOf({ id, seconds, token }) : undefined,
    };
  };

  const leaseOf = ({ id, seconds, token }: { id: string; seconds: number; token: VaultToken }): Lease => ({
    durationMs: seconds * 1000,
    renew: async (signal) => {
      if (!session.isSameLogin(token))
        throw new SecretError("refused", "was made with a token that has ended");
      const body = { lease_id: id, increment: seconds };
      const request = {
        method: "POST",
        path: "sys/leases/renew",
        token: token.token,
        body,
      } as const;
      const answer = await api.send(request, signal);
      if (answer.status !== 200) throw vaultRefusal(api.place, answer, "to renew a lease");
      const parsed = parseInput(renewedSchema, answer.body);
      if (!parsed.success) throw notVault(api.place);
      return parsed.data.lease_duration * 1000;
    },
  });

  return {
    changes: "asked",
    read: async (path, signal) => {
      const token = await session.current(signal);
      const asked = await ask(path, token, signal);
      if (asked.answer.status !== 403 || !(await hasEnded(token, signal))) return storedIn(asked);
      session.forget(token);
      return storedIn(await ask(path, await session.current(signal), signal));
    },
    [Symbol.asyncDispose]: async () => session[Symbol.dispose](),
  };
};

const mountSchema = z.object({
  data: z.object({
    path: z.string().min(1),
    options: z.object({ version: z.string().optional() }).nullish(),
  }),
});
const anyFields = z.record(z.string(), z.unknown());
const versionSchema = z.object({ data: z.object({ metadata: z.object({}) }) });
const versionedSchema = z
  .object({
    data: z.object({
      data: anyFields,
      metadata: z.object({ created_time: z.string().optional() }).optional(),
    }),
  })
  .transform(({ data: { data, metadata } }) => ({
    ...{ data, lease_id: "", lease_duration: 0 },
    changedAt: metadata?.created_time === undefined ? undefined : Date.parse(metadata.created_time),
  }));
const plainSchema = z
  .object({ data: anyFields, lease_id: z.string(), lease_duration: z.number() })
  .transform((answer) => ({ ...answer, changedAt: undefined }));
const renewedSchema = z.object({ lease_duration: z.number() });

// Lists and objects are no secret's text.
const fieldsOf = (data: Record<string, unknown>): ReadonlyMap<string, Secret> =>
  new Map(
    Object.entries(data).flatMap(([name, value]): [string, Secret][] =>
      typeof value === "string" || typeof value === "number" || typeof value === "boolean"
        ? [[name, new Secret(String(value))]]
        : [],
    ),
  );

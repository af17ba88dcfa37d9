// Composes the workload identities of upstream keys: where each comes from, its exchange, and the renewal of its access tokens.
import { dirname, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Clock, Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import { ConfigError } from "../config/problems.ts";
import type { Log } from "../observe/log.ts";
import type { UpstreamMetrics } from "../observe/metrics.ts";
import { type Connect, requestAgent } from "../upstream/agents.undici.ts";
import type { HttpClient } from "../upstream/http-client.ts";
import { createHttpClient } from "../upstream/http-client.undici.ts";
import { type RenewedToken, renewedToken } from "../upstream/identity/renewed-token.ts";
import { tokenFile } from "../upstream/identity/subject-token.fs.ts";
import type { SubjectTokens } from "../upstream/identity/subject-token.ts";
import { type AccessToken, exchangeToken } from "../upstream/identity/token-exchange.ts";
import type { WorkloadIdentity } from "../upstream/identity/workload-identity.ts";
import type { TokenChange } from "../upstream/key-state.ts";
import type { KeyToken } from "../upstream/keys.ts";

interface Ports {
  clock: Clock;
  timers: Timers;
  log: Log;
  metrics: Pick<UpstreamMetrics, "tokenRenewal" | "watchTokens">;
  connect: Connect;
  random(): number;
  onChange(key: string, change: TokenChange): void;
}

type IdentityConfig = Pick<Config, "file" | "settings" | "upstream_keys">;

export interface WorkloadIdentities extends AsyncDisposable {
  /** Begins to get tokens for new and changed entries. Those of others go on. */
  prepare(config: IdentityConfig): PreparedIdentities;
}

/** Either used or discarded. */
export interface PreparedIdentities {
  /** Of the keys that have an identity, by name. */
  tokens: ReadonlyMap<string, KeyToken>;
  /**
   * Resolves when some key of the configuration can be used: at once where one has a secret. Throws `ConfigError` with what is wrong
   * with each where none has a token in time.
   */
  ready(): Promise<void>;
  /** Ends those that the configuration has no longer. */
  use(): void;
  discard(): void;
}

/** How long a start or a reload waits where no key has a secret. */
const FIRST_TOKEN_MS = 30_000;

/** To OpenAI's token endpoint. */
const CONNECTIONS = 4;

/** Gets an access token each time: the identity, and its exchange. */
export const obtainTokens = (
  identity: WorkloadIdentity,
  folder: string,
  ports: { http: HttpClient; clock: Pick<Clock, "now"> },
): ((signal: AbortSignal) => Promise<AccessToken>) => {
  let subjects: Promise<SubjectTokens | undefined> | undefined;
  return async (signal) => {
    subjects ??= subjectTokensOf(identity, folder);
    return exchangeToken(identity, await (await subjects)?.read(signal), ports, signal);
  };
};

/** Relative paths of a configuration begin at its file's folder. */
export const folderOf = ({ file }: Pick<Config, "file">): string => resolve(dirname(file ?? ""));

interface Used {
  identity: WorkloadIdentity;
  folder: string;
  token: RenewedToken;
}

export const workloadIdentities = (ports: Ports): WorkloadIdentities => {
  const { clock, timers, log, metrics, connect, random, onChange } = ports;
  const agent = requestAgent(CONNECTIONS, connect);
  const http = createHttpClient(agent);
  let inUse: ReadonlyMap<string, Used> = new Map();
  const begin = (name: string, identity: WorkloadIdentity, folder: string): Used => {
    const obtain = obtainTokens(identity, folder, { http, clock });
    const token = renewedToken({
      name,
      setting: settingOf(name),
      obtain,
      onChange: (change) => onChange(name, change),
      onRenewal: (result) => metrics.tokenRenewal(name, result),
      ...{ clock, timers, random, log },
    });
    return { identity, folder, token };
  };
  metrics.watchTokens(() =>
    [...inUse].flatMap(([key, { token }]) => {
      const figures = token.figures();
      return figures ? [{ key, ...figures }] : [];
    }),
  );
  const end = (ended: ReadonlyMap<string, Used>, kept: ReadonlyMap<string, Used>): void => {
    for (const [name, used] of ended) if (kept.get(name) !== used) used.token[Symbol.dispose]();
  };
  const prepare = (config: IdentityConfig): PreparedIdentities => {
    const folder = folderOf(config);
    const next = new Map<string, Used>();
    for (const { name, workload_identity: identity } of config.upstream_keys) {
      if (!identity) continue;
      const known = inUse.get(name);
      const isKept = known?.folder === folder && isDeepStrictEqual(known.identity, identity);
      next.set(name, isKept ? known : begin(name, identity, folder));
    }
    const hasSecret = config.settings.openai_api_key ?? config.upstream_keys.some(({ secret }) => secret);
    return {
      tokens: new Map([...next].map(([name, { token }]) => [name, token])),
      ready: async () => {
        if (!hasSecret) await waitForOne(next, timers);
      },
      use: () => {
        end(inUse, next);
        inUse = next;
      },
      discard: () => end(next, inUse),
    };
  };
  return {
    prepare,
    [Symbol.asyncDispose]: async () => {
      end(inUse, new Map());
      await agent.destroy();
    },
  };
};

const waitForOne = async (used: ReadonlyMap<string, Used>, timers: Pick<Timers, "after">): Promise<void> => {
  const late = Promise.withResolvers<"late">();
  const cancel = timers.after(FIRST_TOKEN_MS, () => late.resolve("late"));
  const first = await Promise.race([late.promise, ...[...used.values()].map(({ token }) => token.first)]);
  cancel();
  if (first !== "late") return;
  const problems = [...used].map(
    ([name, { token }]) => `${settingOf(name)}: ${token.problem ?? "no access token came in time"}`,
  );
  throw new ConfigError(problems);
};

const settingOf = (name: string): string =>
  `the workload_identity of ${name} under upstream_keys in broker.yaml`;

// What asks a cloud is loaded only where it is needed. An X.509 identity is the connection's own.
const subjectTokensOf = async (
  identity: WorkloadIdentity,
  folder: string,
): Promise<SubjectTokens | undefined> => {
  switch (identity.provider) {
    case "token_file":
      return tokenFile(resolve(folder, identity.file));
    case "gcp":
      return (await import("../upstream/identity/subject-token.metadata.ts")).googleIdentity(identity);
    case "azure":
      return (await import("../upstream/identity/subject-token.metadata.ts")).azureIdentity(identity);
    case "aws":
      return (await import("../upstream/identity/subject-token.aws.ts")).awsIdentity(identity);
    case "x509":
      return undefined;
  }
};

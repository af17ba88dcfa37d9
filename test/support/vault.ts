// Vault's documented HTTP API over a real socket: KV, credentials with leases, tokens and logins. Its time is the test's.
import type { IncomingMessage, ServerResponse } from "node:http";
import { serve } from "./server.ts";

type Fields = Record<string, unknown>;

interface Token {
  ttl: number;
  endsAt: number;
  maxEndsAt: number;
  renewable: boolean;
}

interface VaultRequest {
  method: string;
  path: string;
  token: string | undefined;
  namespace: string | undefined;
}

/** Instead of answering; to `slow` it never does. */
type VaultTrouble = "sealed" | "slow" | "broken" | "huge" | "redirect" | "limited" | undefined;

export interface TestVault extends AsyncDisposable {
  url: string;
  /** Of the versioned engine at `kv`, by path; undefined for a path whose newest version was deleted. */
  kv: Map<string, Fields | undefined>;
  /** Of the plain engine at `old`. */
  plain: Map<string, Fields>;
  /** What it was asked, in order. */
  requests: VaultRequest[];
  trouble: VaultTrouble;
  /** Paths that no token may read. */
  forbidden: Set<string>;
  /** Whether the engines may be asked for. */
  tellsMounts: boolean;
  namespace: string | undefined;
  /** A token that is valid for so long; 0 for ever. */
  addToken(id: string, ttlSeconds: number, renewable?: boolean): void;
  tokens: Map<string, Token>;
  /** The lease's seconds, and those after which it cannot be renewed. */
  lease: { seconds: number; maxSeconds: number };
  login: { ttlSeconds: number; maxSeconds: number; secretId: string; jwt: string };
}

/** Use with `await using`. `now` is in milliseconds. */
export const startVault = async (now: () => number = Date.now, port = 0): Promise<TestVault> => {
  const tokens = new Map<string, Token>();
  const leases = new Map<string, { token: string; maxEndsAt: number }>();
  let made = 0;
  const add = (id: string, ttl: number, max: number, renewable: boolean): void => {
    const endsAt = ttl === 0 ? Number.POSITIVE_INFINITY : now() + ttl * 1000;
    tokens.set(id, { ttl, endsAt, maxEndsAt: max === 0 ? endsAt : now() + max * 1000, renewable });
  };

  const logIn = (): object => {
    made += 1;
    const id = `hvs.login-${made}`;
    add(id, vault.login.ttlSeconds, vault.login.maxSeconds, true);
    return { auth: { client_token: id, lease_duration: vault.login.ttlSeconds, renewable: true } };
  };

  const routes: [RegExp, (match: RegExpExecArray, token: string, body: Fields) => object | number][] = [
    [
      /^GET auth\/token\/lookup-self$/,
      (_, id) => {
        const { ttl, endsAt, renewable } = tokens.get(id) as Token;
        return { data: { ttl: ttl === 0 ? 0 : Math.ceil((endsAt - now()) / 1000), renewable } };
      },
    ],
    [
      /^POST auth\/token\/renew-self$/,
      (_, id) => {
        const token = tokens.get(id) as Token;
        if (!token.renewable) return 400;
        token.endsAt = Math.min(now() + token.ttl * 1000, token.maxEndsAt);
        const seconds = Math.max(0, Math.floor((token.endsAt - now()) / 1000));
        return { auth: { client_token: id, lease_duration: seconds, renewable: true } };
      },
    ],
    [
      /^GET sys\/internal\/ui\/mounts\/(kv|old|database)\//,
      ([, mount]) => {
        if (!vault.tellsMounts) return 403;
        const kind = mount === "database" ? "database" : "kv";
        return { data: { path: `${mount}/`, type: kind, options: mount === "kv" ? { version: "2" } : null } };
      },
    ],
    [
      /^GET kv\/data\/(.+)$/,
      ([, path = ""]) => {
        if (vault.forbidden.has(path)) return 403;
        if (!vault.kv.has(path)) return 404;
        const metadata = { created_time: "2026-01-01T10:00:00.123456789Z", deletion_time: "", version: 1 };
        const data = vault.kv.get(path);
        return data ? { data: { data, metadata } } : { status: 404, data: { data: null, metadata } };
      },
    ],
    [
      /^GET old\/(.+)$/,
      ([, path = ""]) => {
        const data = vault.plain.get(path);
        return data ? { data, lease_id: "", lease_duration: 2_764_800, renewable: false } : 404;
      },
    ],
    [
      /^GET database\/creds\/(\w+)$/,
      ([, role], token) => {
        made += 1;
        const id = `database/creds/${role}/${made}`;
        leases.set(id, { token, maxEndsAt: now() + vault.lease.maxSeconds * 1000 });
        const data = { username: `v-${role}-${made}`, password: `pw-${made}` };
        return { data, lease_id: id, lease_duration: vault.lease.seconds, renewable: true };
      },
    ],
    [
      /^POST sys\/leases\/renew$/,
      (_, __, { lease_id: id, increment }) => {
        const lease = leases.get(String(id));
        if (!lease || !isAlive(lease.token)) return 400;
        const left = Math.floor((lease.maxEndsAt - now()) / 1000);
        return { lease_id: id, lease_duration: Math.min(Number(increment), left), renewable: true };
      },
    ],
  ];

  const isAlive = (id: string): boolean => (tokens.get(id)?.endsAt ?? 0) > now();

  const answerTo = (
    method: string,
    path: string,
    token: string | undefined,
    body: Fields,
  ): object | number => {
    const { secretId, jwt } = vault.login;
    if (path === "auth/approle/login" && method === "POST") {
      return body.role_id === "role-1" && body.secret_id === secretId ? logIn() : 400;
    }
    if (path === "auth/kubernetes/login" && method === "POST") {
      return body.role === "broker" && body.jwt === jwt ? logIn() : 403;
    }
    if (token === undefined || !isAlive(token)) return 403;
    for (const [pattern, answer] of routes) {
      const match = pattern.exec(`${method} ${path}`);
      if (match) return answer(match, token, body);
    }
    return 404;
  };

  const server = await serve(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://vault");
    const [path, method] = [pathname.replace("/v1/", ""), request.method ?? ""];
    const { "x-vault-token": token, "x-vault-namespace": namespace } = request.headers as Record<
      string,
      string
    >;
    vault.requests.push({ method, path, token, namespace });
    if (vault.trouble) return inTrouble(vault.trouble, response);
    if (request.headers["x-vault-request"] !== "true" || namespace !== vault.namespace)
      return send(response, 404, {});
    const answer = answerTo(method, path, token, await readJson(request));
    if (typeof answer === "number") return send(response, answer, { errors: ["1 error occurred"] });
    send(response, "status" in answer ? Number(answer.status) : 200, answer);
  }, port);

  const vault: TestVault = {
    url: server.url,
    kv: new Map(),
    plain: new Map(),
    requests: [],
    trouble: undefined,
    forbidden: new Set(),
    tellsMounts: true,
    namespace: undefined,
    addToken: (id, ttl, renewable = false) => add(id, ttl, 0, renewable),
    tokens,
    lease: { seconds: 3600, maxSeconds: 7200 },
    login: { ttlSeconds: 3600, maxSeconds: 86_400, secretId: "secret-1", jwt: "jwt-1" },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return vault;
};

const kvAnswer = JSON.stringify({ data: { ttl: 0, path: "kv/", data: {}, options: { version: "2" } } });
const inTrouble = (trouble: NonNullable<VaultTrouble>, response: ServerResponse): void => {
  if (trouble === "sealed") send(response, 503, { errors: ["Vault is sealed"] });
  if (trouble === "limited") send(response, 429, {});
  if (trouble === "redirect") response.writeHead(307, { location: "http://127.0.0.1:9/v1/stolen" }).end();
  if (trouble === "broken") response.writeHead(200).end("<html>welcome</html>");
  if (trouble === "huge") response.writeHead(200).end(kvAnswer.padEnd(1_100_000));
};

const send = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};

const readJson = async (request: IncomingMessage): Promise<Fields> => {
  const text = (await request.toArray()).join("");
  return text === "" ? {} : JSON.parse(text);
};

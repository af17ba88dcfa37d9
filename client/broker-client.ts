// Talks to the broker from a page: mints a key, calls a tool, lists the tools.
import type { Challenge, EphemeralKey, ToolDescription, ToolList } from "./answers.ts";
import { BrokerError, refusal } from "./broker-error.ts";
import { usageReporter } from "./voice/usage-reports.ts";

export interface BrokerClientOptions {
  /** Where the broker is. Default: the folder that this module was loaded from. A bundled module must be told. */
  url?: string | URL;
  /** The signed-in user's token; a function is called before each request, so that it can renew the token. */
  token?: string | (() => string | undefined | Promise<string | undefined>);
  /**
   * Where cookies go along, for a broker that is mounted in an application and knows its sessions. Default: "same-origin". "include"
   * is for a page of another origin, and needs `authenticate` in the broker.
   */
  credentials?: RequestCredentials;
  /** Which of the broker's profiles to use. Default: the broker's `default`. */
  profile?: string;
  /** Session fields to override; the profile says which it allows. */
  session?: object;
}

export interface ToolCall {
  name: string;
  /** As the model wrote them (JSON text), or an object. */
  arguments?: string | object;
}

export interface RequestOptions {
  signal?: AbortSignal;
}

/** Every call rejects with a `BrokerError`, or with the signal's reason when it was aborted. */
export interface BrokerClient {
  /** The profile that was asked for, if one was. */
  readonly profile: string | undefined;
  /** Mints a key. Ask for one per session: it is short-lived. */
  fetchEphemeralKey(options?: RequestOptions): Promise<EphemeralKey>;
  /** Runs a tool; resolves to its JSON value, or to a string when it answers in plain text. */
  callTool(call: ToolCall, options?: RequestOptions): Promise<unknown>;
  /** The tools this caller may call. */
  listTools(options?: RequestOptions): Promise<ToolDescription[]>;
  /**
   * To be called with each event of OpenAI's: tells the broker in the background what the key's session used. The signal ends the
   * session. Never throws.
   */
  usageReporter(key: EphemeralKey, options?: RequestOptions): (event: object) => void;
}

/** What a voice session asks of the broker. One of the page's own may have no place for reports. */
export type VoiceBroker = Pick<BrokerClient, "fetchEphemeralKey" | "callTool"> &
  Partial<Pick<BrokerClient, "usageReporter">>;

// Routes of the broker that are no tools: a model that invents such a name must not get a key as the tool's answer.
const notTools =
  /^(\.{0,2}|admin|assets|challenge(\.js)?|client\.js|doctor|ephemeral-key|healthz|live\.js|mcp|metrics|openapi\.json|problems|readyz|realtime\.js|tools|usage|v1)$/;

const problem = (code: string, title: string, detail: string, cause?: unknown, status = 0) =>
  new BrokerError({ status, code, title, detail }, { cause });

const unreadable = (detail: string, cause?: unknown) =>
  problem("answer-unreadable", "The answer is not the broker's", detail, cause, 200);

const baseAddress = (url: string | URL): string => {
  const address = new URL(url, globalThis.location?.href ?? import.meta.url);
  if (address.username || address.password || address.search)
    throw new TypeError("brokerClient: no credentials or query in `url`; there is `token`");
  return address.origin + address.pathname.replace(/\/+$/, "");
};

const bearer = (token: string | undefined): string | undefined => {
  const value = token?.trim();
  if (!value) return undefined;
  // Checked here, because fetch would quote the token in its error.
  if (/[^\x21-\x7e]/.test(value))
    throw problem("token-malformed", "The token cannot be sent", "it holds characters that no token has");
  return `Bearer ${value}`;
};

// Not `new URL(".", import.meta.url)`, which bundlers take for a file to copy.
const moduleFolder = () => import.meta.url.replace(/[^/]*([?#].*)?$/, "");

// Solved challenges by broker, each used until the broker refuses it.
const solutions: Record<string, string> = {};

const REPORTS = "/usage/reports";

/** Makes a client of the broker. Its functions use no `this`, so they can be passed on alone. */
export const brokerClient = (options: BrokerClientOptions = {}): BrokerClient => {
  const base = baseAddress(options.url ?? moduleFolder());

  const unreachable = (cause: unknown) => {
    const page = globalThis.location?.origin ?? "this program";
    const detail = `check that it runs at ${base}, and that its CORS setting lets ${page} in`;
    return problem("network", "The broker cannot be reached", detail, cause);
  };

  const send = async (path: string, body?: string, authorization?: string, signal?: AbortSignal) => {
    const init: RequestInit = {
      method: body ? "POST" : "GET",
      headers: {
        ...(authorization && { authorization }),
        ...(body && { "content-type": "application/json" }),
      },
      credentials: options.credentials ?? "same-origin",
      cache: "no-store",
      keepalive: path === REPORTS,
      body: body ?? null,
      signal: signal ?? null,
    };
    const response = await fetch(base + path, init).catch((cause) => {
      throw signal?.aborted ? signal.reason : unreachable(cause);
    });
    if (!response.ok) throw await refusal(response);
    return response;
  };

  const read = async (response: Response, signal?: AbortSignal): Promise<unknown> => {
    const isJson = response.headers.get("content-type")?.includes("json");
    return (isJson ? response.json() : response.text()).catch((cause) => {
      throw signal?.aborted ? signal.reason : unreadable("it broke off, or is not JSON", cause);
    });
  };

  const request = async (
    path: string,
    body?: string,
    signal?: AbortSignal,
    again = false,
  ): Promise<Response> => {
    const token = bearer(typeof options.token === "function" ? await options.token() : options.token);
    try {
      return await send(path, body, token ?? solutions[base], signal);
    } catch (error) {
      if (again || (error as BrokerError).code !== "challenge-required") throw error;
    }
    // Loaded on demand: only guests of some brokers need it.
    const { solve } = await import("./challenge.ts").catch((cause) => {
      throw unreachable(cause);
    });
    const challenge = await read(await send("/challenge", undefined, undefined, signal), signal);
    solutions[base] = `Altcha ${await solve(challenge as Challenge, signal)}`;
    return request(path, body, signal, true);
  };

  return {
    profile: options.profile,

    async fetchEphemeralKey({ signal } = {}) {
      const keyRequest = { profile: options.profile, session: options.session };
      const key = await read(await request("/ephemeral-key", JSON.stringify(keyRequest), signal), signal);
      if (!isEphemeralKey(key)) throw unreadable(`there is no key in it. Is the broker at ${base}?`);
      return key;
    },

    async callTool(call, { signal } = {}) {
      if (notTools.test(call.name))
        throw problem("not-found", "There is no such tool", `none is called "${call.name}"`);
      const given = call.arguments || "{}";
      const body = typeof given === "string" ? given : JSON.stringify(given);
      return read(await request(`/${encodeURIComponent(call.name)}`, body, signal), signal);
    },

    async listTools({ signal } = {}) {
      const list = await read(await request("/tools", undefined, signal), signal);
      if (!isToolList(list)) throw unreadable(`there is no list of tools in it. Is the broker at ${base}?`);
      return list.tools;
    },

    usageReporter: (key, { signal = new AbortController().signal } = {}) =>
      usageReporter((report) => request(REPORTS, JSON.stringify(report)), key, signal),
  };
};

const isEphemeralKey = (value: unknown): value is EphemeralKey => {
  const key = value as Partial<EphemeralKey> | null;
  return (
    typeof key?.value === "string" &&
    key.value !== "" &&
    typeof key.expires_at === "number" &&
    typeof key.connect?.webrtc === "string"
  );
};

const isToolList = (value: unknown): value is ToolList =>
  Array.isArray((value as Partial<ToolList> | null)?.tools);

// The client's requests to the broker: where it is, what they show, and what becomes of refusals and challenges.
import type { Challenge } from "./answers.ts";
import { BrokerError, refusal } from "./broker-error.ts";

/** How requests are sent. */
export interface RequesterOptions {
  /** Where the broker is. Default: the folder that this module was loaded from. A bundled module must be told. */
  url?: string | URL;
  /** The signed-in user's token; a function is called before each request, so that it can renew the token. */
  token?: string | (() => string | undefined | Promise<string | undefined>);
  /**
   * Where cookies go along, for a broker that is mounted in an application and knows its sessions. Default: "same-origin". "include"
   * is for a page of another origin, and needs `authenticate` in the broker.
   */
  credentials?: RequestCredentials;
}

export const problem = (code: string, title: string, detail: string, cause?: unknown, status = 0) =>
  new BrokerError({ status, code, title, detail }, { cause });

export const unreadable = (detail: string, cause?: unknown) =>
  problem("answer-unreadable", "The answer is not the broker's", detail, cause, 200);

const baseAddress = (url: string | URL): string => {
  const address = new URL(url, globalThis.location?.href ?? import.meta.url);
  if (address.username || address.password || address.search)
    throw new TypeError("brokerClient: no credentials or query in `url`; there is `token`");
  return address.origin + address.pathname.replace(/\/+$/, "");
};

export const bearer = (token: string | undefined): string | undefined => {
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

/** A report may outlive its page. */
export const REPORTS = "/usage/reports";

/** Requests with the page's options. `send` shows what it is given, `request` the page's token or a solved challenge. */
export const requester = (options: RequesterOptions) => {
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

  return { base, send, read, request };
};

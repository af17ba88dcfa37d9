// Talks to the broker from a page: mints a key, calls a tool, lists the tools.
import type { EphemeralKey, ToolDescription, ToolList } from "./answers.ts";
import { refusal } from "./broker-error.ts";
import { bearer, problem, REPORTS, type RequesterOptions, requester, unreadable } from "./requests.ts";
import { type FollowPorts, followSession, type SessionEnd } from "./voice/supervised.ts";
import { usageReporter } from "./voice/usage-reports.ts";

export interface BrokerClientOptions extends RequesterOptions {
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

export interface ToolCallOptions extends RequestOptions {
  /** Of the supervised session in which the model called: `supervision.grant` of its key. */
  grant?: string | undefined;
}

export interface FollowOptions {
  /** Aborted when the page is done with the session: the broker then ends it, too. */
  signal: AbortSignal;
  /** Called once, when the broker has ended it. */
  onEnd(end: SessionEnd): void;
}

/** Every call rejects with a `BrokerError`, or with the signal's reason when it was aborted. */
export interface BrokerClient {
  /** The profile that was asked for, if one was. */
  readonly profile: string | undefined;
  /** Mints a key. Ask for one per session: it is short-lived. */
  fetchEphemeralKey(options?: RequestOptions): Promise<EphemeralKey>;
  /** Runs a tool; resolves to its JSON value, or to a string when it answers in plain text. */
  callTool(call: ToolCall, options?: ToolCallOptions): Promise<unknown>;
  /** The tools this caller may call. */
  listTools(options?: RequestOptions): Promise<ToolDescription[]>;
  /**
   * To be called with each event of OpenAI's: tells the broker in the background what the key's session used. The signal ends the
   * session. Never throws.
   */
  usageReporter(key: EphemeralKey, options?: RequestOptions): (event: object) => void;
  /** Follows a supervised session that has begun. Without effect for other keys. Never throws. */
  followSession(key: EphemeralKey, options: FollowOptions): void;
}

/** What a voice session asks of the broker. One of the page's own may have no place for reports. */
export type VoiceBroker = Pick<BrokerClient, "fetchEphemeralKey" | "callTool"> &
  Partial<Pick<BrokerClient, "followSession" | "usageReporter">>;

// Routes of the broker that are no tools: a model that invents such a name must not get a key as the tool's answer.
const notTools =
  /^(\.{0,2}|admin|assets|challenge(\.js)?|client\.js|doctor|ephemeral-key|healthz|live\.js|mcp|metrics|openapi\.json|problems|readyz|realtime\.js|sessions|tools|usage|v1)$/;

/** Makes a client of the broker. Its functions use no `this`, so they can be passed on alone. */
export const brokerClient = (options: BrokerClientOptions = {}): BrokerClient => {
  const { base, send, read, request } = requester(options);
  return {
    profile: options.profile,

    async fetchEphemeralKey({ signal } = {}) {
      const keyRequest = { profile: options.profile, session: options.session };
      const key = await read(await request("/ephemeral-key", JSON.stringify(keyRequest), signal), signal);
      if (!isEphemeralKey(key)) throw unreadable(`there is no key in it. Is the broker at ${base}?`);
      return key;
    },

    async callTool(call, { signal, grant } = {}) {
      if (notTools.test(call.name))
        throw problem("not-found", "There is no such tool", `none is called "${call.name}"`);
      const given = call.arguments || "{}";
      const body = typeof given === "string" ? given : JSON.stringify(given);
      const path = `/${encodeURIComponent(call.name)}`;
      const asked = grant ? send(path, body, bearer(grant), signal) : request(path, body, signal);
      return read(await asked, signal);
    },

    async listTools({ signal } = {}) {
      const list = await read(await request("/tools", undefined, signal), signal);
      if (!isToolList(list)) throw unreadable(`there is no list of tools in it. Is the broker at ${base}?`);
      return list.tools;
    },

    usageReporter: (key, { signal = new AbortController().signal } = {}) =>
      usageReporter((report) => request(REPORTS, JSON.stringify(report)), key, signal),

    followSession({ supervision }, { signal, onEnd }) {
      if (!supervision) return;
      const authorization = `Bearer ${supervision.grant}`;
      const ask: FollowPorts["ask"] = async (method, path, accept, aborting) => {
        const init = { method, headers: { authorization, accept }, cache: "no-store" as const };
        const response = await fetch(base + path, {
          ...init,
          keepalive: method === "DELETE",
          signal: aborting ?? null,
        });
        if (!response.ok) throw await refusal(response);
        return response;
      };
      followSession({ ask, signal, onEnd });
    },
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

// Accounts at OpenAI of a test's own making, of which each can fail by itself, and a broker over them.
import type { ServerResponse } from "node:http";
import type { Clock } from "../../server/clock.ts";
import { createTestBroker, type TestBroker } from "./broker.ts";
import { type Asked, type Behaviour, chatAnswer, type FakeOpenAi, fakeOpenAi } from "./fake-openai.ts";

/** What an account does where it does not do what it should. */
export interface Behaviours {
  mints?: Behaviour;
  chats?: Behaviour;
  models?: Behaviour;
  others?: Behaviour;
}

export interface Account extends FakeOpenAi {
  /** From now on it behaves like this. */
  behave(next: Behaviours): void;
  of(kind: keyof Behaviours): Asked[];
}

const kindOf = (url: string): keyof Behaviours => {
  if (url.startsWith("/v1/realtime/client_secrets")) return "mints";
  if (url.startsWith("/v1/chat/completions")) return "chats";
  return url.startsWith("/v1/models") ? "models" : "others";
};

export const minted = (answer: ServerResponse): void => {
  const session = { id: "sess_1", type: "realtime", model: "gpt-realtime-2.1" };
  const body = { value: "ek_0123456789abcdef", expires_at: 4_102_444_800, session };
  answer.writeHead(200, { "content-type": "application/json", "x-request-id": "req_1" });
  answer.end(JSON.stringify(body));
};

const answering =
  (text: string): Behaviour =>
  (answer) => {
    answer.writeHead(200, { "content-type": "application/json" }).end(text);
  };

const usual: Required<Behaviours> = {
  mints: minted,
  chats: chatAnswer,
  models: answering('{"object":"list","data":[]}'),
  others: answering("{}"),
};

/** An account that does what it should, but for what is told. Use with `await using`. */
export const account = async (first: Behaviours = {}): Promise<Account> => {
  let behaviours = first;
  const fake = await fakeOpenAi((answer, asked, request) => {
    const kind = kindOf(asked.url);
    return (behaviours[kind] ?? usual[kind])(answer, asked, request);
  });
  return {
    ...fake,
    behave: (next) => {
      behaviours = next;
    },
    of: (kind) => fake.asked.filter(({ url }) => kindOf(url) === kind),
  };
};

/** Does the same whatever it is asked, as an account does that is out of order. */
export const always = (behave: Behaviour): Behaviours => ({
  mints: behave,
  chats: behave,
  models: behave,
  others: behave,
});

/** OpenAI's refusal, in its own words. */
export const saying =
  (status: number, error: Record<string, unknown>, headers: Record<string, string> = {}): Behaviour =>
  (answer) => {
    answer.writeHead(status, { "content-type": "application/json", ...headers });
    answer.end(
      JSON.stringify({ error: { message: "no", type: "invalid_request_error", param: null, ...error } }),
    );
  };

export const cutting: Behaviour = (answer) => {
  answer.destroy();
};

export interface KeyOf {
  baseUrl: string;
  /** `sk-of-NAME` by default. */
  secret?: string;
  /** More of its entry, in YAML. */
  more?: string;
}

/** A broker.yaml with these keys, whose callers may do everything. */
export const yamlOver = (keys: Record<string, KeyOf>): string => {
  const list = Object.entries(keys).map(
    ([name, { baseUrl, secret = `sk-of-${name}`, more = "" }]) =>
      `{ name: ${name}, secret: ${secret}, base_url: "${baseUrl}"${more} }`,
  );
  const tokens = callers.map((name) => `{ name: ${name}, token: ${tokenOf(name)} }`);
  return `
callers: { guests: loopback, tokens: [${tokens.join(", ")}] }
metrics: { allow: [everyone] }
upstream_keys: [${list.join(", ")}]
relay: { all: { allow: [everyone], paths: [/v1/*] } }
limits: { address: none, mints: { caller: none }, relays: { caller: none } }`;
};

export const brokerOver = (
  keys: Record<string, KeyOf>,
  { clock, env }: { clock?: Clock; env?: Record<string, string> } = {},
): Promise<TestBroker> =>
  createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    env: { OPENAI_API_KEY: "", ...env },
    yaml: yamlOver(keys),
    ...(clock && { clock }),
  });

export const callers = ["alice", "bob", "carol", "mallory"] as const;
type Caller = (typeof callers)[number];

const tokenOf = (caller: Caller): string => `${caller}-0123456789abcdef`;

/** What callers do, each under their own token. */
export const as = (broker: TestBroker, caller: Caller) => {
  const headers = { authorization: `Bearer ${tokenOf(caller)}`, "content-type": "application/json" };
  return {
    mint: () => broker.fetch("/ephemeral-key", { headers }),
    chat: (content = "hello", model = "gpt-5-mini") =>
      broker.fetch("/v1/chat/completions", {
        method: "POST",
        headers,
        body: JSON.stringify({ model, messages: [{ role: "user", content }] }),
      }),
    post: (path: string, body: BodyInit, more: Record<string, string> = {}) =>
      broker.fetch(path, { method: "POST", headers: { ...headers, ...more }, body }),
  };
};

export const statusOf = async (answer: Promise<Response>): Promise<number> => {
  const response = await answer;
  await response.arrayBuffer();
  return response.status;
};

/** The log's lines about keys. */
export const keyLines = (broker: TestBroker): string[] =>
  broker.logs
    .filter(({ msg }) => String(msg).startsWith("upstream-key-"))
    .map(({ msg, key, family }) => [msg, key, family].filter(Boolean).join(" "));

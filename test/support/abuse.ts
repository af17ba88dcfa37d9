// What one caller may send to harm others: each kind once, over the wire, within a few seconds.
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import { type Misdeed, misdeeds } from "./misbehaving-openai.ts";

export interface Victim {
  /** The service's. */
  url: string;
  /** The abusing caller's own. */
  token: string;
}

type Abuse = (victim: Victim) => Promise<unknown>;

const LONGEST_MS = 3000;
const MIB = 1024 * 1024;

const send = (path: string, body: Buffer | string, headers: Record<string, string> = {}): Abuse => {
  return async ({ url, token }) => {
    const answer = await request(url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      body,
      signal: AbortSignal.timeout(LONGEST_MS),
    });
    await answer.body.dump();
  };
};

/** Writes pieces to a bare connection, with a pause between, and leaves after a second. */
const write = (pieces: (victim: Victim) => readonly string[], pauseMs = 0): Abuse => {
  return async (victim) => {
    const { hostname, port } = new URL(victim.url);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    for (const piece of pieces(victim)) {
      socket.write(piece);
      if (pauseMs > 0) await sleep(pauseMs);
    }
    await sleep(1000);
    socket.destroy();
  };
};

const head = ({ token }: Victim, method: string, path: string, ...fields: string[]): string =>
  [`${method} ${path} HTTP/1.1`, "Host: localhost", `Authorization: Bearer ${token}`, ...fields, "", ""].join(
    "\r\n",
  );

const chat = (content: string): string =>
  JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content }] });
const JSON_TYPE = "Content-Type: application/json";
const CHAT = "/v1/chat/completions";
const SOCKET = ["Connection: upgrade", "Upgrade: websocket"];

const failing = (Object.keys(misdeeds) as Misdeed[]).flatMap((word): [string, Abuse][] => {
  const timeBudget: Record<string, string> = word === "please-hang" ? { "x-stainless-timeout": "1" } : {};
  return [
    [`a chat: ${word}`, send(CHAT, chat(word), timeBudget)],
    [`a key: ${word}`, send(`/ephemeral-key?profile=${word}`, "{}")],
    [`a file: ${word}`, send("/v1/files", word, { "content-type": "application/octet-stream" })],
  ];
});

const longName = `{"${"n".repeat(MIB)}":{"a":[${'{"b":1,"b":1},'.repeat(70_000)}1]}}`;

/** By what it is. */
export const abuses: ReadonlyMap<string, Abuse> = new Map<string, Abuse>([
  ...failing,
  ["a tool that fails", send("/broken", "{}")],
  ["a tool that hangs", send("/hanging", "{}")],
  ["50 MiB of text", send(CHAT, Buffer.from(chat("x".repeat(50 * MIB - 100))))],
  ["50 MiB, nested", send(CHAT, Buffer.alloc(50 * MIB, "["))],
  ["50 MiB of small objects", send(CHAT, Buffer.from(`[${"{},".repeat(17 * MIB - 2)}1]`))],
  ["50 MiB of escapes", send(CHAT, Buffer.from(chat("é\n".repeat(12 * MIB))))],
  [
    "50 MiB that never come",
    write((to) => [head(to, "POST", CHAT, JSON_TYPE, `Content-Length: ${50 * MIB}`)]),
  ],
  ["a tool's arguments, nested", send("/current_time", `{"a":${"[".repeat(MIB)}`)],
  ["a tool's arguments, long and repeated", send("/current_time", longName)],
  [
    "a key request of 64 KiB",
    send("/ephemeral-key", `{"${"n".repeat(9000)}":[${'{"b":1,"b":1},'.repeat(3000)}1]}`),
  ],
  ["bad JSON", send(CHAT, '{"model":')],
  [
    "a bad form",
    send("/v1/audio/transcriptions", "--x", { "content-type": "multipart/form-data; boundary=y" }),
  ],
  ["a slow head", write((to) => [...head(to, "GET", "/tools")].slice(0, 40), 20)],
  [
    "a slow body",
    write((to) => [head(to, "POST", CHAT, JSON_TYPE, "Content-Length: 999"), ..."{".repeat(40)], 20),
  ],
  ["garbage", write(() => ["\0\u0001\u0002 NOT HTTP\r\n\r\n"])],
  [
    "an upgrade with a body",
    write((to) => [head(to, "GET", "/v1/realtime", ...SOCKET, "Content-Length: 1"), "x"]),
  ],
  [
    "a pipelined upgrade",
    write((to) => [head(to, "GET", "/tools") + head(to, "GET", "/v1/realtime", ...SOCKET)]),
  ],
  [
    "a half-open upgrade",
    write((to) => [head(to, "GET", "/v1/realtime", ...SOCKET, "Sec-WebSocket-Version: 13")]),
  ],
  ["a long path", write((to) => [head(to, "GET", `/${"sk-".repeat(5000)}`)])],
  ["many requests at once", write((to) => [head(to, "GET", "/tools").repeat(50)])],
  ["a wrong token", (to) => send(CHAT, chat("hello"))({ ...to, token: "wrong-0123456789abcdef" })],
]);

export interface Abusing {
  perSecond: number;
  seconds: number;
  /** The kinds to send; all by default. */
  kinds?: readonly string[];
}

/** Sends the kinds in turn at this rate, and answers how many were sent. Resolves when all have ended. */
export const abuse = async (victim: Victim, { perSecond, seconds, kinds }: Abusing): Promise<number> => {
  const wanted = [...abuses].filter(([name]) => kinds?.includes(name) ?? true).map(([, each]) => each);
  const began = performance.now();
  const sent: Promise<unknown>[] = [];
  while (sent.length < perSecond * seconds) {
    const wait = began + (sent.length * 1000) / perSecond - performance.now();
    if (wait > 0) await sleep(wait);
    const next = wanted[sent.length % wanted.length];
    if (next) sent.push(next(victim).catch(() => undefined));
  }
  await Promise.all(sent);
  return sent.length;
};

/** The abusing caller, another, and profiles and tools that fail where they are asked to. `backend` answers tools. */
export const abusedYaml = (backend: string): string => {
  const session = (instructions: string) =>
    `session: { type: realtime, model: gpt-realtime-2.1, instructions: "${instructions}" }`;
  const profiles = Object.keys(misdeeds).map((word) => `  ${word}: { ${session(word)} }`);
  return `callers:
  tokens: [{ name: abuser, token: abuser-0123456789abcdef }, { name: other, token: other-0123456789abcdef }]
limits:
  address: none
  failed_authentication: none
  mints: { caller: none }
  tool_calls: { caller: none }
  relays: { caller: none }
relay: { all: { allow: [everyone], paths: [inference, POST /v1/files] } }
profiles:
  default: { ${session("Be kind.")}, tools: [current_time, broken, hanging] }
${profiles.join("\n")}
tools:
  broken: { description: Fails., request: { url: "${backend}/broken" } }
  hanging: { description: Hangs., timeout_ms: 2000, request: { url: "${backend}/hanging" } }
`;
};

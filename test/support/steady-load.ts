// Requests of every kind at a steady rate, as a service behind a proxy gets them, each of which must succeed.
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { ALICE } from "./relay-client.ts";

interface Kind {
  method: "GET" | "POST";
  path: string;
  body?: unknown;
  /** How an answer that came whole looks. */
  whole: RegExp;
}

const chat = { model: "gpt-5-mini", messages: [{ role: "user", content: "Hello" }] };

const kinds: readonly Kind[] = [
  { method: "GET", path: "/ephemeral-key", whole: /^\{"value":"ek_/ },
  { method: "POST", path: "/v1/chat/completions", body: chat, whole: /^\{"id":"chatcmpl.*\}$/ },
  {
    method: "POST",
    path: "/v1/chat/completions",
    body: { ...chat, stream: true },
    whole: /data: \[DONE\]\n\n$/,
  },
  { method: "GET", path: "/current_time?time_zone=UTC", whole: /^\{.*\}$/ },
  { method: "POST", path: "/current_time", body: { time_zone: "UTC" }, whole: /^\{.*\}$/ },
];

const isChat = (body: unknown): boolean => JSON.stringify(body ?? {}).includes("messages");

export interface LoadOptions {
  perSecond: number;
  /** All by default. */
  methods?: readonly Kind["method"][];
}

export interface Load {
  /** How many requests were sent so far. */
  readonly sent: number;
  /** How many of them were chats. */
  readonly chats: number;
  /** Resolves when all are answered, with what went wrong, and how often. */
  end(): Promise<Record<string, number>>;
}

/** Sends so many requests in a second, whether or not those before are answered, until it is told to end. */
export const loadSteadily = (
  url: string,
  certificate: string,
  { perSecond, methods = ["GET", "POST"] }: LoadOptions,
): Load => {
  const chosen = kinds.filter(({ method }) => methods.includes(method));
  const kindAt = (index: number): Kind => chosen[index % chosen.length] as Kind;
  const agent = new Agent({ connect: { ca: certificate }, connections: 64 });
  const failures: Record<string, number> = {};
  const fail = (what: string) => {
    failures[what] = (failures[what] ?? 0) + 1;
  };
  const running = new Set<Promise<void>>();
  let sent = 0;
  let ending = false;
  const send = async ({ method, path, body, whole }: Kind): Promise<void> => {
    const name = `${method} ${path}`;
    try {
      const answer = await request(url + path, {
        method,
        dispatcher: agent,
        headers: { authorization: `Bearer ${ALICE}`, ...(body !== undefined && json) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200 || !whole.test(text)) {
        fail(`${name}: ${answer.statusCode} ${text.slice(0, 60)}`);
      }
    } catch (error) {
      fail(`${name}: ${String(error)}`);
    }
  };
  const run = async () => {
    const start = performance.now();
    while (!ending) {
      const due = ((performance.now() - start) / 1000) * perSecond;
      for (; sent < due; sent += 1) {
        const each = send(kindAt(sent)).then(() => void running.delete(each));
        running.add(each);
      }
      await sleep(5);
    }
    while (running.size > 0) await Promise.all(running);
    await agent.close();
  };
  const done = run();
  return {
    get sent() {
      return sent;
    },
    get chats() {
      return Array.from({ length: sent }, (_, index) => kindAt(index)).filter(({ body }) => isChat(body))
        .length;
    },
    end: async () => {
      ending = true;
      await done;
      return failures;
    },
  };
};

const json = { "content-type": "application/json" };

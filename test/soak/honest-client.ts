// A caller who does nothing unusual, all the time, and whose requests must all succeed.
import { setTimeout as pause } from "node:timers/promises";
import { Agent, request } from "undici";
import { WebSocket } from "ws";
import { BOB } from "../support/relay-client.ts";

export interface HonestClient {
  /** Ends it, and says how many requests it made, which failed, and how long the slowest hundredth of them took. */
  stop(): Promise<{ requests: number; failures: string[]; p99Ms: number }>;
}

/** Asks for a key, a chat, a tool and a WebSocket in turn, and for the probes, with a short pause after each. */
export const startHonestClient = (url: string): HonestClient => {
  const agent = new Agent({ connections: 4 });
  const headers = { authorization: `Bearer ${BOB}`, "content-type": "application/json" };
  const chat = JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: "hello" }] });
  const send = async (method: "GET" | "POST", path: string, body: string | null = null): Promise<void> => {
    const answer = await request(url + path, { method, headers, body, dispatcher: agent });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${text}`);
  };
  const jobs: [name: string, job: () => Promise<void>][] = [
    ["a probe", () => send("GET", "/healthz")],
    ["readiness", () => send("GET", "/readyz")],
    ["a key", () => send("POST", "/ephemeral-key", "{}")],
    ["a chat", () => send("POST", "/v1/chat/completions", chat)],
    ["a tool", () => send("GET", "/current_time?time_zone=UTC")],
    ["a WebSocket", () => greeted(`${url.replace("http", "ws")}/v1/realtime`)],
  ];
  const times: number[] = [];
  const failures: string[] = [];
  let stopping = false;
  const run = async () => {
    for (let turn = 0; !stopping; turn += 1) {
      const [name, job] = jobs[turn % jobs.length] as (typeof jobs)[number];
      const began = performance.now();
      await job().catch((error: unknown) => failures.push(`${name}: ${String(error)}`));
      times.push(performance.now() - began);
      await pause(5);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping = true;
      await running;
      await agent.close();
      times.sort((a, b) => a - b);
      return { requests: times.length, failures, p99Ms: times[Math.floor(times.length * 0.99)] ?? 0 };
    },
  };
};

const greeted = (url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${BOB}` } });
    socket.once("message", () => socket.close());
    socket.once("close", (code) => (code === 1005 ? resolve() : reject(new Error(`closed with ${code}`))));
    socket.once("error", reject);
  });

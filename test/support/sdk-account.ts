// The account of one key over OpenAI's client, and its probe, against a server of the test's own.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Agent } from "undici";
import { fetchThrough } from "../../server/net/fetch.undici.ts";
import { Secret } from "../../server/secret.ts";
import { probeAgent, requestAgent } from "../../server/upstream/agents.undici.ts";
import { probeAccount } from "../../server/upstream/probe.undici.ts";
import { sdkAccount } from "../../server/upstream/sdk.openai.ts";
import { serve } from "./server.ts";

const requests = requestAgent();

export const sdkKey = {
  ...{ name: "a", organization: "org-1", project: "proj-1", priority: 0, weight: 1 },
  token: { current: () => new Secret("sk-of-a") },
};

export const sdkPorts = (agent: Agent = requests) => ({
  fetch: fetchThrough(agent),
  clock: { now: () => 0 },
});

/** `probeAgents` are those that probes opened. */
const probePorts = (probeAgents: Agent[]) => ({
  ...{ timeoutMs: 200, clock: { now: () => 0 } },
  openAgent: () => {
    const opened = probeAgent(200);
    probeAgents.push(opened);
    return opened;
  },
});

interface Seen {
  url: string | undefined;
  headers: IncomingMessage["headers"];
  body: string;
  port: number | undefined;
}

/** The account of a key whose OpenAI answers so, what that was sent, and the agents of its probes. */
export const sdkAccountOver = async (respond: (response: ServerResponse) => void) => {
  const seen: Seen[] = [];
  const probeAgents: Agent[] = [];
  const server = await serve(async (request, response) => {
    const body = await new Response(request as unknown as ReadableStream).text();
    seen.push({ url: request.url, headers: request.headers, body, port: request.socket.remotePort });
    respond(response);
  });
  const key = { ...sdkKey, base_url: `${server.url}/v1` };
  const account = { ...sdkAccount(key, sdkPorts()), ...probeAccount(key, probePorts(probeAgents)) };
  return { account, seen, server, probeAgents };
};

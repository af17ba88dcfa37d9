// This service with supervised profiles, over the voice sessions' upstream; and what a page asks it, one request after another.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Agent, request } from "undici";
import { offerSdp } from "./offer.ts";
import type { Program } from "./program.ts";
import { fixedToken, startProgram } from "./service.ts";

const neverReached = '"900000000 per second, 900000000 per minute"';

const config = `callers: { tokens: [{ name: bench, token: ${fixedToken} }] }
limits:
  address: ${neverReached}
  in_flight: { caller: none }
  mints: { caller: ${neverReached}, everyone: ${neverReached} }
  tool_calls: { caller: ${neverReached}, everyone: ${neverReached} }
profiles:
  default:
    session: { type: realtime, model: gpt-realtime-2.1, instructions: Be brief. }
  voice:
    supervision: watch
    session: { type: realtime, model: gpt-realtime-2.1, instructions: Be brief. }
    tools: [{ name: current_time, run: server }]
  live:
    supervision: watch
    session:
      type: live
      model: gpt-live-1
      instructions: Be brief.
      delegation: { type: responses, responses: { model: gpt-6-luna } }
`;

/** Starts it with an empty SQLite database, as the default is. */
export const startVoiceService = async (
  upstream: Program,
  env: Record<string, string> = {},
): Promise<Program> => {
  const folder = mkdtempSync(join(tmpdir(), "bench-voice-"));
  const file = join(folder, "broker.yaml");
  writeFileSync(file, config);
  const program = await startProgram(upstream.url, {
    ...{ BROKER_CONFIG: file, DATABASE_URL: `sqlite:${join(folder, "broker.db")}` },
    ...{ USAGE_JOURNAL: join(folder, "journal"), ...env },
  });
  return {
    ...program,
    stop: async () => {
      await program.stop();
      rmSync(folder, { recursive: true });
    },
  };
};

export type SupervisedProfile = "live" | "voice";

/** A key for a page, or a ticket. */
export const askForKey = async (
  service: string,
  profile: SupervisedProfile | "default",
  dispatcher: Agent,
): Promise<string> => {
  const authorization = `Bearer ${fixedToken}`;
  const options = { headers: { authorization }, dispatcher };
  const { statusCode, body } = await request(`${service}/ephemeral-key?profile=${profile}`, options);
  const answer = await body.text();
  if (statusCode !== 200) throw new Error(`/ephemeral-key answered ${statusCode}: ${answer}`);
  return JSON.parse(answer).value;
};

const paths = { voice: "/v1/realtime/calls", live: "/v1/live/sessions" } as const;

/** Posts a browser's SDP; answers with the call's path at OpenAI. */
export const connectCall = async (
  url: string,
  ticket: string,
  dispatcher: Agent,
  profile: SupervisedProfile = "voice",
): Promise<string> => {
  const isLive = profile === "live";
  const options = {
    method: "POST" as const,
    headers: {
      authorization: `Bearer ${ticket}`,
      "content-type": isLive ? "application/json" : "application/sdp",
    },
    body: isLive ? JSON.stringify({ sdp: offerSdp }) : offerSdp,
    dispatcher,
  };
  const { statusCode, headers, body } = await request(url + paths[profile], options);
  const answer = await body.text();
  if (statusCode !== 201) throw new Error(`${paths[profile]} answered ${statusCode}: ${answer}`);
  return String(headers.location ?? "");
};

// Builds the emulator, listens, and closes everything again.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { getRequestListener } from "@hono/node-server";
import { admitSockets } from "./admin/admit-sockets.ts";
import { Faults } from "./admin/faults.ts";
import { SeenRequests } from "./admin/requests.ts";
import { createApp } from "./app.ts";
import { BilledUsage } from "./billing/billed-usage.ts";
import { CallSettings } from "./calls/call-settings.ts";
import { Switchboard } from "./calls/switchboard.ts";
import { serveWebSockets } from "./calls/websocket.ws.ts";
import { StoredResponses } from "./inference/stored-responses.ts";
import { AccessTokens } from "./keys/access-tokens.ts";
import { ClientSecrets } from "./keys/client-secrets.ts";
import { checkCredentials } from "./keys/credentials.ts";
import { IdentityProviders } from "./keys/identity-providers.ts";
import { ProjectKeys } from "./keys/project-keys.ts";
import { serveLiveAttachments } from "./live/attach.ws.ts";
import { GptLiveSessions } from "./live/gpt-live-sessions.ts";
import { type LiveSettingsInForce, liveSettings } from "./live/settings.ts";
import { Script, type Turn } from "./script/script.ts";
import { loadClips } from "./speech/clips.files.ts";
import { speechFor } from "./speech/clips.ts";

export interface EmulatorOptions {
  /** Default: 0, a free port. */
  port?: number;
  host?: string;
  /** The only standard key that is accepted. Default: every key that begins with `sk-`. */
  apiKey?: string;
  /** PEM. With it the addresses are https: and wss:, which some clients require. */
  tls?: { key: string; cert: string };
  /** What it is to say and to call, as in `PUT /emulator/script`. */
  turns?: readonly Turn[];
  /** Milliseconds since 1970, for the expiry of keys. */
  now?: () => number;
  /** Called with defects of the emulator itself. */
  broke?: (reason: unknown) => void;
}

export interface Emulator {
  /** The base URL for OpenAI's clients. */
  baseUrl: string;
  close(): Promise<void>;
}

/** Starts an emulator; `close` ends its calls and connections within a second. */
export const startEmulator = async (options: EmulatorOptions = {}): Promise<Emulator> => {
  const { port = 0, host = "127.0.0.1", now = Date.now } = options;
  const broke = options.broke ?? ((reason) => process.stderr.write(`emulator: ${String(reason)}\n`));
  const secrets = new ClientSecrets(now, randomId);
  const accessTokens = new AccessTokens(now, randomId);
  const projectKeys = new ProjectKeys(now, randomId);
  const credentials = checkCredentials({ secrets, accessTokens, projectKeys }, options.apiKey);
  const script = new Script(options.turns);
  const faults = new Faults();
  const requests = new SeenRequests();
  const clips = speechFor(await loadClips());
  const settings = new CallSettings();
  const switchboard = new Switchboard({
    settings,
    randomId,
    wait,
    every,
    now: Date.now,
    speechFor: clips,
    script,
    broke,
  });
  const liveInForce: LiveSettingsInForce = { current: liveSettings.parse({}) };
  const liveSessions = new GptLiveSessions({
    randomId,
    wait,
    every,
    now: Date.now,
    speechFor: clips,
    script,
    broke,
    settings: () => liveInForce.current,
  });
  const app = createApp({
    secrets,
    projectKeys,
    credentials,
    accessTokens,
    identityProviders: new IdentityProviders(now),
    script,
    faults,
    requests,
    settings,
    switchboard,
    liveSessions,
    liveSettings: liveInForce,
    randomId,
    wait,
    every,
    broke,
    responses: new StoredResponses(),
    billed: new BilledUsage(now),
    now,
  });

  const listener = getRequestListener(app.fetch);
  const server = options.tls ? createSecureServer(options.tls, listener) : createServer(listener);
  const admit = admitSockets({ faults, requests, wait });
  const attachments = serveLiveAttachments({ credentials, liveSessions });
  const endSockets = serveWebSockets(server, { credentials, switchboard, admit, takeLive: attachments.take });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const origin = `${options.tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${address.port}`;

  return {
    baseUrl: `${origin}/v1`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const ended = Promise.all([switchboard.close(), liveSessions.close()]);
      await Promise.race([ended, sleep(LONGEST_GOODBYE_MS, undefined, { ref: false })]);
      endSockets();
      attachments.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

const LONGEST_GOODBYE_MS = 800;

const wait = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal });
};

const every = (ms: number, tick: () => void): (() => void) => {
  const timer = setInterval(tick, ms);
  return () => clearInterval(timer);
};

const randomId = (prefix: string): string => `${prefix}_${randomBytes(16).toString("hex")}`;

// What broker.yaml says, ready for use: profiles, authenticators, limits, relay rules, tools. Building it opens nothing.

import { operations, reservedNames, type Services } from "../app.ts";
import { admits } from "../auth/allow.ts";
import { DOCTOR_PURPOSE } from "../auth/doctor-proof.ts";
import { findProblems } from "../config/cross-check.ts";
import type { Config } from "../config/load.ts";
import { describeApi } from "../http/openapi/document.ts";
import { requestIdOf } from "../http/request-id.ts";
import { socketAcceptor } from "../http/server/accept-socket.ws.ts";
import { createMinting } from "../mint/mint.ts";
import { trustedProxies } from "../net/client-address.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Secret } from "../secret.ts";
import { callTool } from "../tools/call.ts";
import { httpTool } from "../tools/http-tool.fetch.ts";
import type { Tool } from "../tools/tool.ts";
import { createToolbox, findToolFaults } from "../tools/toolbox.ts";
import { connectAddresses } from "../upstream/upstream.ts";
import { openVoiceSocket } from "../upstream/voice-socket.ws.ts";
import { adminServices } from "./admin.ts";
import { authenticationPolicy } from "./authentication.ts";
import { budgetPolicy } from "./budgets.ts";
import { limitPolicy } from "./limits.ts";
import { pricePolicy } from "./prices.ts";
import { relayPolicy } from "./relay.ts";
import type { Resources } from "./resources.ts";
import { sessionPolicy } from "./sessions.ts";
import type { LoadedTools } from "./tools.ts";
import { upstreamKeysOf } from "./upstream-keys.ts";

/** Everything that is wrong with a configuration; none where it can be used. */
export const findPolicyProblems = (
  config: Config,
  loaded: LoadedTools,
  userCount: number | undefined,
  hasHost: boolean,
): string[] => {
  const tools = toolsOf(config, loaded, unused);
  const toolNames = new Set(tools.map(({ name }) => name));
  return [
    ...loaded.problems,
    ...findProblems(config, toolNames, userCount, hasHost),
    ...findToolFaults(tools, reservedNames),
    ...basePathProblems(config, new Set([...toolNames, ...reservedNames])),
  ];
};

// What stands in front may take the base path off: then /tools would be the base path, or the list of tools.
const basePathProblems = ({ settings }: Config, names: ReadonlySet<string>): string[] => {
  const [, first = ""] = settings.base_path.split("/");
  if (first === "" || !names.has(first)) return [];
  return [`BASE_PATH: /${first} is an address of this service; choose another path`];
};

export interface Policy extends Services {
  /** For this machine's user; undefined where local guests are not admitted, or need no token. */
  localGuestToken: Secret | undefined;
  /** To be called when requests begin to come under it. */
  begin(): void;
}

/** The services of each request under a configuration without problems. Until it begins, nothing has changed. */
export const createPolicy = async (
  config: Config,
  tools: LoadedTools,
  resources: Resources,
): Promise<Policy> => {
  const { log, clock, timers, random, metrics, emit, lifecycle, upstream, hashIdentity } = resources;
  const { settings } = config;
  const profiles = Object.entries(config.profiles).map(([name, profile]): Profile => ({ name, ...profile }));
  const pricing = pricePolicy(config, resources);
  const toolbox = createToolbox(
    toolsOf(config, tools, resources.fetch),
    profiles,
    config.tool_rules,
    tools.remote,
  );
  const { begin, ...budgets } = await budgetPolicy(config, resources.budgets, pricing.prices);
  const limits = limitPolicy(config, resources.limits);
  const toolCalls = {
    ...{ toolbox, contents: resources.contents, callTool: callTool({ clock, timers }) },
    newRequestId: () => requestIdOf(clock.now(), random.uuid()),
  };
  const decided = { ...budgets, ...pricing, tools: { ...toolCalls, ...limits } };
  const sessions = sessionPolicy(config, resources, decided);
  return {
    ...{ log, clock, emit, lifecycle },
    ...limits,
    ...toolCalls,
    ...(await authenticationPolicy(config, resources.authentication)),
    watchCredential: resources.authentication.watchCredential,
    ...resources.relay,
    ...relayPolicy(config),
    ...pricing,
    ...budgets,
    tracing: resources.tracing,
    load: resources.load,
    doctorKey: resources.store.keyFor(DOCTOR_PURPOSE),
    hashAddress: resources.hashAddress,
    renderMetrics: metrics.render,
    ...adminServices(config, resources),
    isOperator: (caller) => admits(config.operators.allow, caller),
    mayReadMetrics: (caller) => admits(config.metrics.allow, caller),
    allowedOrigins: new Set(config.cors.origins),
    proxies: trustedProxies(settings.trusted_proxies ?? []),
    forwardedHeader: settings.forwarded_header,
    minting: createMinting({
      profiles,
      offeredTools: toolbox.offeredBy,
      serverTools: toolbox.serverTools,
      upstream,
      hashIdentity,
      callTimeoutMs: settings.openai_timeout_ms,
    }),
    takesUsageReports: settings.usage,
    publicUrl: settings.public_url,
    openSocket: upstream.openSocket,
    acceptSocket: socketAcceptor(openVoiceSocket),
    rejectsAllKeys: upstream.rejectsAllKeys,
    answerMcp: resources.answerMcp,
    describeApi: (tools, basePath) => describeApi(operations, tools, basePath),
    assets: await resources.assetsWith(settings.page),
    connectOrigins: new Set(
      upstreamKeysOf(config).map(({ base_url: url }) => new URL(connectAddresses(url).webrtc).origin),
    ),
    begin: () => {
      tools.use();
      resources.sessions.use(sessions);
      begin();
    },
  };
};

const toolsOf = (config: Config, loaded: LoadedTools, fetch: typeof globalThis.fetch): Tool[] => [
  ...loaded.tools,
  ...Object.entries(config.tools).map(([name, tool]) => httpTool(name, tool, fetch)),
];

const unused = (): never => {
  throw new Error("a tool that is only checked sends nothing");
};

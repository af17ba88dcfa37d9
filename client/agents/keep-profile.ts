// Keeps the profile's settings in a session of OpenAI's Agents SDK, which overwrites them with its own when it connects.
import type { AgentsSession, OpenAiTransport } from "./sdk.ts";
import { areTheProfiles } from "./tools.ts";

type Named = { name: string };
type Fields = Record<string, unknown>;

// The SDK's names of each setting, today's and its older one, under the names in `session.update`.
const settings: Record<string, string[]> = {
  instructions: ["instructions"],
  output_modalities: ["outputModalities", "modalities"],
  tool_choice: ["toolChoice"],
  parallel_tool_calls: ["parallelToolCalls"],
  reasoning: ["reasoning"],
  prompt: ["prompt"],
  "audio.input.format": ["audio.input.format", "inputAudioFormat"],
  "audio.input.noise_reduction": ["audio.input.noiseReduction", "inputAudioNoiseReduction"],
  "audio.input.transcription": ["audio.input.transcription", "inputAudioTranscription"],
  "audio.input.turn_detection": ["audio.input.turnDetection", "turnDetection"],
  "audio.output.format": ["audio.output.format", "outputAudioFormat"],
  "audio.output.voice": ["audio.output.voice", "voice"],
  "audio.output.speed": ["audio.output.speed", "speed"],
};

const read = (from: object, path: string): unknown =>
  path.split(".").reduce<unknown>((value, name) => Object(value)[name], from);

const write = (to: Fields, path: string, value: unknown): void => {
  const names = path.split(".");
  const last = names.pop() ?? "";
  const parent = names.reduce<Fields>((fields, name) => {
    fields[name] ??= {};
    return fields[name] as Fields;
  }, to);
  parent[last] = value;
};

// Whether the session has these tools from its profile: handoffs, or another agent's tools, are more or others.
const areTheSessions = (ofAgent: readonly Named[], sent: readonly Named[]): boolean => {
  const names = new Set(sent.map(({ name }) => name));
  return (
    areTheProfiles(ofAgent) && names.size === ofAgent.length && ofAgent.every(({ name }) => names.has(name))
  );
};

/**
 * Makes a `RealtimeSession` leave the profile's instructions, voice, audio settings, tracing and tools as they are, unless the
 * page has set its own: in the agent (`instructions`, `voice`, `tools`) or in the session's `config`. Call it before
 * `connect`; returns the same session. Throws a TypeError for a transport that does not speak to OpenAI's interface.
 */
export const keepProfile = <Session extends AgentsSession>(session: Session): Session => {
  const transport = session.transport as OpenAiTransport;
  if (typeof transport.buildSessionPayload !== "function")
    throw new TypeError("keepProfile: takes the SDK's own transports, over WebRTC or WebSocket");
  // The SDK lays the page's settings over its defaults: undefined takes a default away, so that only the page's remain.
  session.options.config = { audio: undefined, outputModalities: undefined, ...session.options.config };
  let hasOwnTools = false;

  transport.updateSessionConfig = (config) => {
    const payload = transport.buildSessionPayload(config);
    const kept: Fields = { type: "realtime" };
    for (const [path, names] of Object.entries(settings)) {
      // An agent without instructions has empty ones.
      const isSet = names.some((name) => ![undefined, ""].includes(read(config, name) as undefined));
      if (isSet) write(kept, path, read(payload, path));
    }
    const ofAgent = (read(config, "tools") ?? []) as Named[];
    // `tools` replaces the whole list, with the profile's MCP servers, so it is sent only where the page's differs.
    if (ofAgent.length > 0 && (hasOwnTools || !areTheSessions(session.initialAgent.tools, ofAgent))) {
      kept.tools = payload.tools;
      hasOwnTools = true;
    }
    const provider = { ...(read(config, "providerData") as Fields | undefined) };
    // When agents change, the SDK takes the tools away from one that has none: not the profile's.
    if (Array.isArray(provider.tools) && provider.tools.length === 0 && !hasOwnTools) delete provider.tools;
    // Sent also when nothing is left: the SDK waits for the answer.
    transport.sendEvent({ type: "session.update", session: { ...kept, ...provider } });
  };

  const updateTracing = transport._updateTracingConfig?.bind(transport);
  // "auto" is the SDK's default; null and names are the page's.
  transport._updateTracingConfig = (tracing) => {
    if (tracing !== "auto") updateTracing?.(tracing);
  };
  return session;
};

// The Agents SDK's own session and tools under a profile: what is sent to OpenAI, and what is not.
import {
  OpenAIRealtimeWebSocket,
  RealtimeAgent,
  RealtimeSession,
  type RealtimeSessionOptions,
  tool,
} from "@openai/agents-realtime";
import { describe, expect, it } from "vitest";
import { agentTools, keepProfile } from "../../client/agents/index.ts";
import type { ToolDescription } from "../../client/answers.ts";
import { BrokerError } from "../../client/broker-error.ts";

type Options = Partial<RealtimeSessionOptions<unknown>>;
type Sent = Record<string, unknown>;

const described = (name: string, ...profiles: string[]): ToolDescription => ({
  name,
  description: `Does ${name}.`,
  parameters: { type: "object", properties: { a: { type: "string" } }, additionalProperties: false },
  profiles,
});
const brokerWith = (
  callTool: (call: { name: string; arguments?: unknown }) => unknown,
  profile?: string,
) => ({
  profile,
  listTools: async () => [described("one", "default", "support"), described("two", "support")],
  callTool: async (call: { name: string; arguments?: unknown }) => callTool(call),
});
const own = tool({
  name: "own",
  description: "The page's own.",
  parameters: { type: "object", properties: {}, required: [], additionalProperties: true },
  strict: false,
  execute: () => "done",
});

/** What the SDK sends when it connects, and later. */
const sessionOf = (agent: RealtimeAgent, options: Options = {}) => {
  const transport = new OpenAIRealtimeWebSocket();
  const sent: Sent[] = [];
  transport.sendEvent = (event) => void sent.push(event as unknown as Sent);
  const session = keepProfile(new RealtimeSession(agent, { ...options, transport }));
  const connect = async (): Promise<Sent | undefined> => {
    transport.updateSessionConfig(await session.getInitialSessionConfig());
    return sent.at(-1);
  };
  return { session, transport, sent, connect };
};
const agentWith = (part: Partial<ConstructorParameters<typeof RealtimeAgent>[0]> = {}) =>
  new RealtimeAgent({ name: "Assistant", ...part });
const update = (session: object) => ({ type: "session.update", session: { type: "realtime", ...session } });

describe("keepProfile", () => {
  it("sends no setting of the SDK's own for an agent that has none, yet asks for the answer it waits for", async () => {
    expect(await sessionOf(agentWith()).connect()).toEqual(update({}));
  });

  it("sends what the page has set, and nothing beside it", async () => {
    const { connect } = sessionOf(agentWith({ instructions: "Be brief.", voice: "cedar" }), {
      config: { audio: { input: { turnDetection: { type: "semantic_vad" } } } },
    });
    const audio = { input: { turn_detection: { type: "semantic_vad" } }, output: { voice: "cedar" } };
    expect(await connect()).toEqual(update({ instructions: "Be brief.", audio }));
  });

  it("knows the SDK's older names, and a setting that is turned off", async () => {
    const { connect } = sessionOf(agentWith(), {
      config: {
        modalities: ["text"],
        inputAudioTranscription: { model: "whisper-1" },
        turnDetection: null as never,
      },
    });
    const input = { transcription: { model: "whisper-1" }, turn_detection: null };
    expect(await connect()).toEqual(update({ output_modalities: ["text"], audio: { input } }));
  });

  it("leaves the session's tools alone where they are the profile's", async () => {
    const tools = await agentTools(
      brokerWith(() => "x"),
      tool,
    );
    const { connect } = sessionOf(agentWith({ tools }));
    expect(await connect()).toEqual(update({}));
  });

  it.each([
    ["one of the page's is added", (tools: never[]) => [...tools, own], ["one", "two", "own"]],
    ["one of the profile's is left out", (tools: never[]) => tools.slice(1), ["two"]],
  ])("sends the agent's tools when %s", async (_, chosen, names) => {
    const tools = chosen(
      (await agentTools(
        brokerWith(() => "x"),
        tool,
      )) as never[],
    );
    const sent = await sessionOf(agentWith({ tools })).connect();
    expect(sent).toMatchObject({ session: { tools: names.map((name) => ({ name })) } });
  });

  it("follows a change of agents: the tools of the next one are sent, and taken away again", async () => {
    const tools = await agentTools(
      brokerWith(() => "x"),
      tool,
    );
    const { session, connect, sent } = sessionOf(agentWith({ tools }));
    await connect();
    await session.updateAgent(agentWith());
    expect(sent.at(-1)).toEqual(update({}));
    await session.updateAgent(agentWith({ tools: [own] }));
    expect(sent.at(-1)).toMatchObject({ session: { tools: [{ name: "own" }] } });
    await session.updateAgent(agentWith());
    expect(sent.at(-1)).toEqual(update({ tools: [] }));
    await session.updateAgent(agentWith({ tools }));
    expect(sent.at(-1)).toMatchObject({ session: { tools: [{ name: "one" }, { name: "two" }] } });
  });

  it("leaves the profile's tracing alone, unless the page has an own way", () => {
    const { transport, sent } = sessionOf(agentWith());
    // Called by the SDK when the session has been created.
    const sdk = transport as unknown as { _updateTracingConfig(tracing: unknown): void };
    sdk._updateTracingConfig("auto");
    expect(sent).toEqual([]);
    sdk._updateTracingConfig({ workflow_name: "shop" });
    expect(sent).toEqual([update({ tracing: { workflow_name: "shop" } })]);
  });

  it("refuses a transport that is none of OpenAI's", () => {
    const session = {
      initialAgent: { tools: [] },
      options: {},
      transport: { sendEvent() {}, updateSessionConfig() {} },
    };
    expect(() => keepProfile(session)).toThrow(/WebRTC or WebSocket/);
  });
});

describe("agentTools", () => {
  it("makes tools of the profile only, under their own names and schemas", async () => {
    const made = await agentTools(
      brokerWith(() => "x", "default"),
      tool,
    );
    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({ name: "one", parameters: described("one").parameters, strict: false });
  });

  it("runs them by the broker, and tells the model of a failure", async () => {
    const refused = new BrokerError({
      status: 422,
      code: "arguments-invalid",
      title: "Not valid",
      detail: "see",
    });
    const answers = new Map<string, () => unknown>([
      ["one", () => ({ at: "noon" })],
      ["two", () => Promise.reject(refused)],
    ]);
    const calls: unknown[] = [];
    const broker = brokerWith((call) => {
      calls.push(call);
      return answers.get(call.name)?.();
    });
    const [one, two] = await agentTools(broker, tool);
    expect(await one?.invoke(undefined as never, '{"a":"x"}')).toBe('{"at":"noon"}');
    expect(await two?.invoke(undefined as never, "{}")).toBe('{"error":"Not valid: see"}');
    expect(calls[0]).toEqual({ name: "one", arguments: { a: "x" } });
  });
});

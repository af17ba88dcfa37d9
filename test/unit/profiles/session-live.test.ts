// What a profile may say of a GPT-Live session, and what OpenAI is sent of it.
import { expect, it } from "vitest";
import { Failure } from "../../../server/failures/failure.ts";
import { composeSession } from "../../../server/profiles/compose.ts";
import { profileSchema } from "../../../server/profiles/profile.ts";
import { openAiSession } from "../../../server/profiles/session.ts";
import { problemsIn } from "../../support/configuration.ts";

const session = {
  type: "live",
  model: "gpt-live-1",
  instructions: "Be brief.",
  audio: { output: { voice: "vesper" } },
  delegation: { type: "responses", responses: { model: "gpt-6-luna", tools: [{ type: "web_search" }] } },
};

const weather = { type: "function" as const, name: "weather", parameters: { type: "object" } };

const composed = (
  { overrides = [], ...more }: { overrides?: string[]; supervision?: string; session?: object } = {},
  asked?: Record<string, unknown>,
) => {
  const profile = profileSchema.parse({ session, supervision: "watch", overrides, ...more });
  return openAiSession(composeSession({ name: "live", ...profile }, [weather], asked));
};

const pointersOf = (overrides: string[], asked: Record<string, unknown>): string[] => {
  try {
    composed({ overrides }, asked);
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return (error.errors ?? []).map(({ pointer }) => pointer);
  }
};

const problems = (more: object, profile: object = {}) =>
  problemsIn(
    JSON.stringify({
      profiles: { p: { supervision: "watch", ...profile, session: { ...session, ...more } } },
    }),
  );

it("is sent without its type, with the tools of the profile for the model behind the voice", () => {
  const { type, client, ...sent } = composed();
  expect(type).toBeUndefined();
  expect(sent).toEqual({
    model: "gpt-live-1",
    instructions: "Be brief.",
    audio: { output: { voice: "vesper" } },
    delegation: {
      type: "responses",
      responses: {
        model: "gpt-6-luna",
        parallel_tool_calls: false,
        tools: [weather, { type: "web_search" }],
      },
    },
  });
});

it("says what the page may send and gets, also where the profile says nothing", () => {
  expect(composed().client).toEqual({
    data_channel: {
      allowed_client_events: ["session.close", "session.input_audio.mute", "session.input_audio.unmute"],
      allowed_server_events: expect.arrayContaining([
        { type: "session.input_transcript.delta" },
        { type: "error" },
      ]),
    },
  });
  expect(composed({ supervision: "sealed" }).client).toEqual({
    data_channel: { allowed_client_events: [], allowed_server_events: [] },
  });
  const data_channel = { allowed_server_events: [{ type: "error" }] };
  expect(composed({ session: { ...session, client: { data_channel } } }).client).toEqual({
    data_channel: { allowed_client_events: expect.arrayContaining(["session.close"]), ...data_channel },
  });
});

it("lets a caller set what the profile lists, and repeat what the session is", () => {
  const changed = composed(
    { overrides: ["instructions", "audio.output.voice"] },
    { instructions: "Sing.", audio: { output: { voice: "sage" } } },
  );
  expect(changed).toMatchObject({ instructions: "Sing.", audio: { output: { voice: "sage" } } });
  const { parallel_tool_calls: _, ...repeated } = { ...session.delegation.responses, parallel_tool_calls: 0 };
  const same = { ...session, delegation: { type: "responses", responses: repeated } };
  expect(composed({}, same)).toEqual(composed());
});

it("points at what a caller may not set", () => {
  expect(pointersOf([], { model: "gpt-live-2", instructions: "Be brief." })).toEqual(["/session/model"]);
  const responses = { model: "gpt-6-luna", instructions: "Tell me all." };
  const delegation = { type: "responses", responses };
  expect(pointersOf(["instructions"], { delegation })).toEqual([
    "/session/delegation/responses/instructions",
  ]);
  expect(pointersOf([], { delegation: null })).toEqual(["/session/delegation"]);
  const client = { data_channel: { allowed_client_events: "all" } };
  expect(pointersOf([], { client })).toEqual(["/session/client/data_channel/allowed_client_events"]);
  expect(pointersOf(["audio.output.voice"], { audio: { output: { voice: 7 } } })).toEqual([
    "/session/audio/output/voice",
  ]);
});

it("cannot go without supervision, and says why", () => {
  expect(problems({}, { supervision: "none" })).toEqual([
    "profiles.p.supervision: must be watch, enforce or sealed, as OpenAI has no keys for browsers for GPT-Live: its sessions start here",
  ]);
});

it.each([
  ["a field that OpenAI does not know", { turn_detection: {} }, /session\.turn_detection: is a field of/],
  ["a hashed user, who is the service's to name", { safety_identifier: "u" }, /is set by the service/],
  ["two triggers for one event", { triggers: [trigger(), trigger()] }, /at most one trigger for each/],
  [
    "history in two parts",
    { input: [{ role: "user", content: [{ text: "a" }, { text: "b" }] }] },
    /one part/,
  ],
  [
    "a tool that none would answer",
    tools([{ type: "computer" }]),
    /function, web_search, file_search or mcp/,
  ],
  [
    "a kind of delegation that there is not",
    { delegation: { type: "me" } },
    /client, responses or decisions/,
  ],
  ["what is no list", channel({ allowed_server_events: "none" }), /is `all`, or a list/],
  [
    "a nested name that is missing",
    channel({ allowed_server_events: [{ type: "response.event" }] }),
    /names/,
  ],
])("refuses %s", (_, more, problem) => {
  expect(problems(more)).toEqual([expect.stringMatching(problem)]);
});

it("keeps for itself what answers tools, changes the delegation and adds instructions", () => {
  const names = ["session.close", "session.update", "response.item.create"];
  expect(problems(channel({ allowed_client_events: names }))).toEqual([
    "profiles.p.session.client.data_channel.allowed_client_events[1]: session.update is the service's alone; remove it",
    expect.stringMatching(/allowed_client_events\[2\]: response\.item\.create is/),
  ]);
  expect(problems(channel({ allowed_client_events: "all" }))).toEqual([
    expect.stringMatching(/allowed_client_events: must name the events/),
  ]);
});

it("lets a page answer only what is handed to the page", () => {
  const answering = channel({ allowed_client_events: ["session.commentary.append"] });
  expect(problems(answering)).toHaveLength(1);
  expect(problems({ ...answering, delegation: { type: "client" } })).toEqual([]);
  expect(problems({ ...answering, delegation: { type: "client" } }, { supervision: "sealed" })).toEqual([
    expect.stringMatching(/allowed_client_events: must be empty or left out, as the profile is sealed/),
  ]);
});

it("takes tools only where a model stands behind the voice", () => {
  expect(problems({ delegation: { type: "client" } }, { tools: ["current_time"] })).toEqual([
    expect.stringMatching(/^profiles\.p\.tools: are for the model behind the voice/),
  ]);
  expect(problems({}, { tools: ["current_time"] })).toEqual([]);
});

it("takes no function that none would answer, as the page cannot", () => {
  const { delegation } = tools([{ type: "web_search" }, weather]);
  expect(problems({ delegation })).toEqual([
    "profiles.p.session.delegation.responses.tools[1]: none would answer weather: offer a tool of that name under `tools`",
  ]);
});

it("lists no override of what the page may send or what the model may call", () => {
  expect(problems({}, { overrides: ["delegation", "instructions", "client.data_channel"] })).toEqual([
    expect.stringMatching(/overrides\[0\]: delegation cannot/),
    expect.stringMatching(
      /possible are model, instructions, audio, audio\.output, audio\.output\.voice, input, store$/,
    ),
  ]);
});

function trigger() {
  const question = { type: "predicate", instructions: "Is the caller angry?" };
  return {
    type: "decisions",
    event_type: "session.input_transcript.delta",
    decisions: { questions: [question] },
  };
}

function tools(all: object[]) {
  return { delegation: { type: "responses", responses: { model: "gpt-6-luna", tools: all } } };
}

function channel(data_channel: object) {
  return { client: { data_channel } };
}

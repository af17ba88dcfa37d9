// What of a request is checked by moderation: everything that a model may read, however it is written.
import { describe, expect, it } from "vitest";
import { textsIn } from "../../../../server/relay/moderation/texts.ts";

const CHAT = "/v1/chat/completions";
const RESPONSES = "/v1/responses";

const read = (path: string, json: unknown) => {
  const unreadable: string[] = [];
  const texts = textsIn(path, { json, fields: undefined }, (what) => unreadable.push(what));
  return { texts, unreadable };
};
const said = (...messages: unknown[]) => ({ model: "gpt-5-mini", messages });
const user = (content: unknown) => ({ role: "user", content });

describe("a conversation", () => {
  it("is read turn by turn, and nothing else of it", () => {
    const body = {
      ...said(user("one"), { role: "assistant", content: "two", refusal: null }, user("three")),
      temperature: 0,
      user: "u-1",
      stream_options: { include_usage: true },
      reasoning_effort: "low",
      service_tier: "auto",
      logit_bias: { 50256: -100 },
    };
    expect(read(CHAT, body)).toEqual({ texts: ["one", "two", "three"], unreadable: [] });
  });

  it.each<[string, unknown[]]>([
    [
      "parts",
      [
        user([
          { type: "text", text: "fla" },
          { type: "text", text: "gged" },
        ]),
      ],
    ],
    ["messages", [user("fla"), user("gged")]],
    ["messages with silence between them", [user("fla"), { role: "assistant", content: " " }, user("gged")]],
    [
      "messages with an image between them",
      [
        user("fla"),
        {
          role: "assistant",
          content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }],
        },
        user("gged"),
      ],
    ],
    ["a name and a message", [{ role: "user", name: "fla", content: "gged" }]],
    [
      "answers of tools",
      [
        { role: "tool", tool_call_id: "a", content: "fla" },
        { role: "tool", tool_call_id: "b", content: "gged" },
      ],
    ],
  ])("in %s is put together, as one word and as two", (_, messages) => {
    expect(read(CHAT, said(...messages)).texts).toEqual(["fla\ngged", "flagged"]);
  });

  it("has no ids, kinds, images and sounds", () => {
    const content = [
      { type: "text", text: "look" },
      { type: "image_url", image_url: { url: "https://img.example.com/a.png?x=1", detail: "high" } },
      { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
      { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } },
    ];
    expect(read(CHAT, said(user(content)))).toEqual({ texts: ["look"], unreadable: [] });
    const items = [
      {
        type: "message",
        role: "user",
        content: [{ type: "input_image", file_id: "file-1", detail: "auto" }],
      },
      { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAAAABo_-=" },
      { type: "image_generation_call", id: "ig_1", result: "iVBORw0KGgo=", status: "completed" },
      {
        type: "computer_call_output",
        call_id: "c",
        output: { type: "computer_screenshot", file_id: "file-2" },
      },
    ];
    expect(read(RESPONSES, { input: items })).toEqual({ texts: [], unreadable: [] });
  });
});

const IMAGE = "data:image/png;base64,iVBORw0KGgo=";

it.each<[string, string, object]>([
  ["a film", "/v1/videos", { input_reference: { image_url: IMAGE } }],
  [
    "a mask for drawing",
    RESPONSES,
    { tools: [{ type: "image_generation", input_image_mask: { image_url: IMAGE } }] },
  ],
])("the picture that %s begins with is no text", (_, path, body) => {
  expect(read(path, body)).toEqual({ texts: [], unreadable: [] });
});

it("the voices that a transcription is to tell apart are no text", () => {
  const fields = [
    { name: "prompt", value: "what it is about" },
    { name: "known_speaker_references[]", value: "data:audio/wav;base64,UklGRg==" },
    { name: "known_speaker_references[]", value: "not a sound" },
  ];
  const texts = textsIn("/v1/audio/transcriptions", { json: undefined, fields }, () => {});
  expect(texts).toEqual(["what it is about\nnot a sound", "what it is aboutnot a sound"]);
});

describe("read is also", () => {
  const parameters = (schema: object) => [
    { type: "function", function: { name: "f", parameters: { type: "object", ...schema } } },
  ];
  it.each<[string, string, object]>([
    ["the name of a speaker", CHAT, said({ role: "user", name: "flagged", content: "x" })],
    ["the name of a tool", CHAT, { ...said(), tools: [{ type: "function", function: { name: "flagged" } }] }],
    ["a schema's property", CHAT, { ...said(), tools: parameters({ properties: { "flagged thing": {} } }) }],
    [
      "a schema's choices",
      CHAT,
      { ...said(), tools: parameters({ properties: { a: { enum: ["flagged"] } } }) },
    ],
    ["a schema's id", CHAT, { ...said(), tools: parameters({ properties: { id: { const: "flagged" } } }) }],
    ["a schema's type", CHAT, { ...said(), tools: parameters({ examples: [{ type: "flagged" }] }) }],
    ["what a schema refers to", CHAT, { ...said(), tools: parameters({ $defs: { flagged: {} } }) }],
    ["the old way of functions", CHAT, { ...said(), functions: [{ name: "f", description: "flagged" }] }],
    [
      "the schema of an answer",
      CHAT,
      { ...said(), response_format: { type: "json_schema", json_schema: { name: "flagged", schema: {} } } },
    ],
    [
      "the schema of a response",
      RESPONSES,
      { text: { format: { type: "json_schema", name: "n", schema: { title: "flagged" } } } },
    ],
    [
      "a grammar",
      CHAT,
      {
        tools: [
          {
            type: "custom",
            custom: {
              name: "c",
              format: { type: "grammar", grammar: { syntax: "lark", definition: "flagged" } },
            },
          },
        ],
      },
    ],
    ["a prediction", CHAT, { ...said(), prediction: { type: "content", content: "flagged" } }],
    [
      "a call's arguments",
      CHAT,
      said({
        role: "assistant",
        tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "flagged" } }],
      }),
    ],
    ["a refusal", CHAT, said({ role: "assistant", refusal: "flagged" })],
    ["an end of the answer", CHAT, { ...said(), stop: ["flagged"] }],
    ["metadata", CHAT, { ...said(), metadata: { flagged: "x" } }],
    [
      "where the caller says to be",
      CHAT,
      { ...said(), web_search_options: { user_location: { approximate: { city: "flagged" } } } },
    ],
    [
      "a sentence in the place of an id",
      CHAT,
      said({ role: "tool", tool_call_id: "flagged too", content: "x" }),
    ],
    [
      "a sentence in the place of an image",
      CHAT,
      said(user([{ type: "image_url", image_url: { url: "flagged or not" } }])),
    ],
    [
      "a text in the place of an image",
      CHAT,
      said(user([{ type: "image_url", image_url: { url: "data:text/plain,flagged" } }])),
    ],
    ["a field that nobody knows", CHAT, said({ role: "user", content: "x", whisper: "flagged" })],
    ["a name that nobody knows", CHAT, { ...said(), "flagged field": true }],
    ["instructions", RESPONSES, { instructions: "flagged" }],
    [
      "code",
      RESPONSES,
      { input: [{ type: "code_interpreter_call", id: "ci", container_id: "cntr_1", code: "flagged" }] },
    ],
    [
      "logs",
      RESPONSES,
      {
        input: [
          {
            type: "code_interpreter_call",
            id: "ci",
            container_id: "cntr_1",
            outputs: [{ type: "logs", logs: "flagged" }],
          },
        ],
      },
    ],
    [
      "what a program printed",
      RESPONSES,
      { input: [{ type: "program_output", id: "p", call_id: "c", result: "flagged" }] },
    ],
    [
      "what a shell printed",
      RESPONSES,
      { input: [{ type: "shell_call_output", call_id: "c", output: [{ stdout: "flagged", stderr: "" }] }] },
    ],
    [
      "a command",
      RESPONSES,
      {
        input: [
          { type: "local_shell_call", id: "l", action: { type: "exec", command: ["flagged"], env: {} } },
        ],
      },
    ],
    [
      "a variable of the shell",
      RESPONSES,
      { input: [{ type: "local_shell_call", id: "l", action: { type: "exec", env: { flagged: "x" } } }] },
    ],
    [
      "a patch",
      RESPONSES,
      {
        input: [
          {
            type: "apply_patch_call",
            call_id: "c",
            operation: { type: "create_file", path: "a", diff: "flagged" },
          },
        ],
      },
    ],
    [
      "what was found in files",
      RESPONSES,
      {
        input: [
          {
            type: "file_search_call",
            id: "fs",
            queries: [],
            results: [{ file_id: "file-1", filename: "a", text: "flagged" }],
          },
        ],
      },
    ],
    [
      "what an MCP server's tools are said to do",
      RESPONSES,
      {
        input: [
          {
            type: "mcp_list_tools",
            id: "m",
            server_label: "s",
            tools: [{ name: "t", input_schema: { title: "flagged" } }],
          },
        ],
      },
    ],
    [
      "a summary",
      RESPONSES,
      { input: [{ type: "reasoning", id: "rs", summary: [{ type: "summary_text", text: "flagged" }] }] },
    ],
    [
      "what is quoted",
      RESPONSES,
      {
        input: [
          {
            role: "assistant",
            content: [
              {
                type: "output_text",
                text: "x",
                annotations: [{ type: "url_citation", title: "flagged", url: "https://a" }],
              },
            ],
          },
        ],
      },
    ],
    ["what is compacted", "/v1/responses/compact", { input: [user("flagged")] }],
    ["what is counted", "/v1/responses/input_tokens", { input: "flagged" }],
    ["a prompt", "/v1/completions", { prompt: ["x", "flagged"], suffix: "y" }],
    ["what comes after", "/v1/completions", { prompt: "x", suffix: "flagged" }],
    ["what is drawn", "/v1/images/generations", { model: "gpt-image-1", prompt: "flagged" }],
    [
      "what is painted over",
      "/v1/images/edits",
      { prompt: "flagged", images: [{ file_id: "file-1" }], mask: { file_id: "file-2" } },
    ],
    ["what is filmed", "/v1/videos", { prompt: "flagged" }],
    ["what is filmed anew", "/v1/videos/video_1/remix", { prompt: "flagged" }],
    ["what is spoken", "/v1/audio/speech", { input: "flagged", voice: "marin" }],
    ["how it is spoken", "/v1/audio/speech", { input: "x", instructions: "flagged", voice: "marin" }],
  ])("%s", (_, path, body) => {
    const { texts, unreadable } = read(path, body);
    expect(texts.join("\n")).toMatch(/\bflagged\b/);
    expect(unreadable).toEqual([]);
  });

  it("the variables of a stored prompt, where those may pass", () => {
    const prompt = {
      id: "pmpt_1",
      version: "2",
      variables: { topic: "flagged", flagged: { type: "input_text", text: "y" } },
    };
    const { texts, unreadable } = read(RESPONSES, { prompt });
    expect(texts[0]?.match(/\bflagged\b/g)?.length).toBe(2);
    expect(unreadable).toEqual(["a stored prompt"]);
  });

  it("nothing of the credentials of an MCP server, where that may pass", () => {
    const server = {
      type: "mcp",
      server_label: "s",
      server_url: "https://a.example",
      server_description: "d",
    };
    const tools = [{ ...server, authorization: "secret", headers: { "x-key": "secret" } }];
    const { texts } = read(RESPONSES, { tools });
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.join()).not.toMatch(/secret|x-key/);
    const hidden = [
      { type: "function", name: "f", parameters: { type: "mcp", headers: { flagged: "flagged" } } },
    ];
    expect(read(RESPONSES, { tools: hidden }).texts.join()).toMatch(/flagged.*flagged/s);
  });

  it("every field of a form that is a text, repeated ones too", () => {
    const fields = [
      { name: "model", value: "gpt-image-1" },
      { name: "image[]", value: undefined },
      { name: "prompt", value: "fla" },
      { name: "prompt", value: "gged" },
      { name: "size", value: "1024x1024" },
    ];
    const unreadable: string[] = [];
    const texts = textsIn("/v1/images/edits", { json: undefined, fields }, (what) => unreadable.push(what));
    expect([texts, unreadable]).toEqual([["fla\ngged", "flagged"], []]);
    const hidden = [{ name: "prompt", value: undefined }];
    textsIn("/v1/images/edits", { json: undefined, fields: hidden }, (what) => unreadable.push(what));
    expect(unreadable).toEqual(["a file in place of a text"]);
  });
});

describe("what cannot be read is", () => {
  const input = (...content: unknown[]) => ({ input: [{ role: "user", content }] });
  it.each<[string, string, object]>([
    ["a list of tokens", "/v1/completions", { prompt: [1, 2, 3] }],
    ["lists of tokens", "/v1/completions", { prompt: [[1], [2]] }],
    ["a list of tokens in a message", CHAT, said(user([1, 2]))],
    ["an earlier response", RESPONSES, { input: "x", previous_response_id: "resp_1" }],
    ["a conversation", RESPONSES, { input: "x", conversation: "conv_1" }],
    ["a conversation in an object", RESPONSES, { input: "x", conversation: { id: "conv_1" } }],
    ["a stored prompt", RESPONSES, { prompt: { id: "pmpt_1" } }],
    ["an item by its id", RESPONSES, { input: [{ type: "item_reference", id: "msg_1" }] }],
    ["an item by its id alone", RESPONSES, { input: [{ id: "msg_1" }] }],
    ["an item by its id without a type", RESPONSES, { input: [{ id: "msg_1", type: null }] }],
    ["a file by its id", RESPONSES, input({ type: "input_file", file_id: "file-1" })],
    ["a file by its address", RESPONSES, input({ type: "input_file", file_url: "https://a.example/a.pdf" })],
    [
      "a file in the request",
      RESPONSES,
      input({ type: "input_file", filename: "a", file_data: "data:text/plain;base64,eA==" }),
    ],
    ["a file of a chat", CHAT, said(user([{ type: "file", file: { file_id: "file-1" } }]))],
    ["a file in a chat", CHAT, said(user([{ type: "file", file: { file_data: "eA==" } }]))],
    [
      "a file that a tool answers with",
      RESPONSES,
      {
        input: [
          { type: "function_call_output", call_id: "c", output: [{ type: "input_file", file_id: "file-1" }] },
        ],
      },
    ],
    [
      "a search in files",
      RESPONSES,
      { input: "x", tools: [{ type: "file_search", vector_store_ids: ["vs_1"] }] },
    ],
    [
      "an MCP server",
      RESPONSES,
      { input: "x", tools: [{ type: "mcp", server_label: "s", server_url: "https://a.example" }] },
    ],
    [
      "an MCP server of OpenAI's",
      RESPONSES,
      { input: "x", tools: [{ type: "mcp", server_label: "s", connector_id: "connector_gmail" }] },
    ],
    ["an MCP server behind a tunnel", RESPONSES, { input: "x", tools: [{ type: "mcp", tunnel_id: "t" }] }],
    [
      "a tool that comes later",
      RESPONSES,
      {
        input: [
          { type: "additional_tools", role: "developer", tools: [{ type: "mcp", server_url: "https://a" }] },
        ],
      },
    ],
    [
      "files for code",
      RESPONSES,
      {
        input: "x",
        tools: [{ type: "code_interpreter", container: { type: "auto", file_ids: ["file-1"] } }],
      },
    ],
    [
      "files of a container",
      RESPONSES,
      { input: "x", tools: [{ type: "code_interpreter", container: "cntr_1" }] },
    ],
    [
      "a skill",
      RESPONSES,
      {
        input: "x",
        tools: [
          {
            type: "shell",
            environment: { type: "container_auto", skills: [{ type: "skill_reference", skill_id: "s" }] },
          },
        ],
      },
    ],
    ["a batch", "/v1/batches", { input_file_id: "file-1", endpoint: CHAT }],
    ["an address that is not known", "/v1/agents/sessions", { input: "x" }],
  ])("%s", (_, path, body) => {
    expect(read(path, body).unreadable.length).toBeGreaterThan(0);
  });

  it("no list of numbers, no id and no file that only looks like one", () => {
    const bodies = [
      said({ role: "assistant", content: "x", annotations: [{ type: "file_citation", file_id: "file-1" }] }),
      {
        input: [
          {
            role: "assistant",
            content: [{ type: "output_text", text: "x", logprobs: [{ token: "x", bytes: [120] }] }],
          },
        ],
      },
      {
        input: "x",
        tools: [
          {
            type: "function",
            name: "f",
            parameters: { properties: { file_id: { enum: [1, 2] }, server_url: {} } },
          },
        ],
      },
      { input: "x", tools: [{ type: "code_interpreter", container: { type: "auto", file_ids: [] } }] },
      {
        input: "x",
        tools: [{ type: "web_search" }],
        previous_response_id: null,
        conversation: null,
        prompt: null,
      },
      {
        input: [
          { id: "msg_1", type: "message", role: "assistant", content: [{ type: "output_text", text: "x" }] },
        ],
      },
    ];
    expect(bodies.flatMap((body) => read(RESPONSES, body).unreadable)).toEqual([]);
  });

  it("a body that is neither JSON nor a form", () => {
    expect(read(CHAT, undefined).unreadable).toEqual(["this body"]);
    expect(read(CHAT, ["flagged"]).unreadable).toEqual(["this body"]);
  });
});

it.each([
  "/v1/embeddings",
  "/v1/moderations",
  "/v1/files",
  "/v1/vector_stores/vs_1/files",
  "/v1/responses/resp_1/cancel",
])("no model answers at %s", (path) =>
  expect(read(path, { input: [1, 2], file_id: "file-1", text: "flagged" })).toEqual({
    texts: [],
    unreadable: [],
  }),
);

it("what nests without end is refused", () => {
  let deep: unknown = "x";
  for (let depth = 0; depth < 100; depth += 1) deep = [deep];
  expect(() => read(CHAT, said(user(deep)))).toThrow(expect.objectContaining({ code: "request-malformed" }));
});

it("more values than can be read in a moment are refused", () => {
  const parts = (count: number) =>
    said(user(Array.from({ length: count }, () => ({ type: "text", text: "a" }))));
  expect(read(CHAT, parts(30_000)).texts.length).toBe(2);
  for (const body of [parts(40_000), said(...Array.from({ length: 60_000 }, () => user("a")))]) {
    expect(() => read(CHAT, body)).toThrow(expect.objectContaining({ code: "request-too-large" }));
  }
});

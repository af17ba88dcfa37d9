// The body of POST /v1/chat/completions, checked as OpenAI does.
import { z } from "zod";
import { OpenAiError } from "../http/openai-error.ts";
import { type Ask, type OutputFormat, type Said, type ToolChoice, textOf } from "./conversation.ts";
import { checkJsonWanted, namedSchema, readSchema } from "./output-format.ts";
import { checkToolChoice, functionTool, MOST_TOOLS, readTools } from "./tools.ts";

const content = z.union([z.string(), z.array(z.object({ type: z.string() }))]);
const call = z.object({
  id: z.string(),
  function: z.object({ name: z.string(), arguments: z.string() }).optional(),
});
const message = z.discriminatedUnion("role", [
  z.object({ role: z.enum(["system", "developer", "user"]), content }),
  z.object({
    role: z.literal("assistant"),
    content: content.nullish(),
    tool_calls: z.array(call).min(1).nullish(),
  }),
  z.object({ role: z.literal("tool"), content, tool_call_id: z.string() }),
  z.object({ role: z.literal("function"), content: content.nullable(), name: z.string() }),
]);

const tool = z.discriminatedUnion("type", [
  z.object({ type: z.literal("function"), function: functionTool }),
  z.object({ type: z.literal("custom") }),
]);

const named = z.object({ name: z.string() });
const toolChoice = z.union([
  z.enum(["none", "auto", "required"]),
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("function"), function: named }),
    z.object({ type: z.literal("custom") }),
    z.object({
      type: z.literal("allowed_tools"),
      allowed_tools: z.object({
        mode: z.enum(["auto", "required"]),
        tools: z.array(z.object({ function: named.optional() })),
      }),
    }),
  ]),
]);

export const chatRequest = z.object({
  model: z.string(),
  messages: z
    .array(message)
    .min(1, "empty array. Expected an array with minimum length 1, but got an empty array instead"),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  tools: z.array(tool).min(1).max(MOST_TOOLS).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: z
    .discriminatedUnion("type", [
      z.object({ type: z.literal("text") }),
      z.object({ type: z.literal("json_object") }),
      z.object({ type: z.literal("json_schema"), json_schema: namedSchema }),
    ])
    .nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
});

export type ChatRequest = z.output<typeof chatRequest>;

/** What it asks for. Throws OpenAI's 400. */
export const readChat = (request: ChatRequest): Ask => {
  if (request.stream_options && !request.stream)
    throw invalid(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      "stream_options",
    );
  if (request.parallel_tool_calls != null && !request.tools)
    throw invalid(
      "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.",
      "parallel_tool_calls",
    );
  const said = request.messages.flatMap(readMessage);
  checkAnswers(request.messages);
  const functions = (request.tools ?? []).map((each) =>
    each.type === "function" ? each.function : undefined,
  );
  const tools = readTools(functions, (index) => `tools[${index}].function.parameters`);
  const choice = readChoice(request.tool_choice);
  checkToolChoice(choice, tools, request.tools != null);
  const format = readFormat(request.response_format);
  checkJsonWanted(format, said, "messages", "response_format");
  const maxOutput = request.max_completion_tokens ?? request.max_tokens ?? undefined;
  return { said, tools, toolChoice: choice, format, maxOutput };
};

type Message = ChatRequest["messages"][number];

const readMessage = (each: Message): Said[] => {
  const text = textOf(each.content);
  switch (each.role) {
    case "tool":
      return [{ by: "tool", id: each.tool_call_id, text }];
    case "assistant":
      return [
        ...(text === "" ? [] : [{ by: "assistant" as const, text }]),
        ...callsOf(each).map(
          ({ id, function: made }): Said => ({
            by: "call",
            id,
            text: `${made?.name ?? ""}${made?.arguments ?? ""}`,
          }),
        ),
      ];
    case "user":
      return [{ by: "user", text }];
    default:
      return [{ by: "system", text }];
  }
};

const callsOf = (each: Message | undefined): z.output<typeof call>[] =>
  each?.role === "assistant" ? (each.tool_calls ?? []) : [];

// Every call has its answer right after it, and every answer its call before it.
const checkAnswers = (messages: readonly Message[]): void => {
  let open = new Map<string, number>();
  const checkClosed = (at: number): void => {
    if (open.size === 0) return;
    throw invalid(
      `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open.keys()].join(", ")}`,
      `messages.[${at}].role`,
    );
  };
  for (const [index, each] of messages.entries()) {
    if (each.role === "tool") {
      if (open.delete(each.tool_call_id)) continue;
      throw invalid(
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        `messages.[${index}].role`,
      );
    }
    checkClosed(index);
    open = new Map(callsOf(each).map(({ id }) => [id, index]));
  }
  checkClosed(messages.length - 1);
};

const readChoice = (choice: ChatRequest["tool_choice"]): ToolChoice => {
  if (choice == null || typeof choice === "string") return { mode: choice ?? "auto" };
  if (choice.type === "function") return { mode: "named", name: choice.function.name };
  if (choice.type === "custom") return { mode: "auto" };
  const { mode, tools } = choice.allowed_tools;
  return { mode, among: tools.flatMap((each) => each.function?.name ?? []) };
};

const readFormat = (format: ChatRequest["response_format"]): OutputFormat => {
  if (format?.type === "json_schema") return readSchema(format.json_schema, "response_format");
  return { type: format?.type ?? "text" };
};

const invalid = (text: string, param: string): OpenAiError => new OpenAiError(400, null, text, param);

// The body of POST /v1/responses, checked as OpenAI does.
import { z } from "zod";
import { OpenAiError } from "../http/openai-error.ts";
import { type Ask, type OutputFormat, type Said, type ToolChoice, textOf } from "./conversation.ts";
import { checkJsonWanted, namedSchema, readSchema } from "./output-format.ts";
import { checkToolChoice, functionTool, MOST_TOOLS, readTools } from "./tools.ts";

const content = z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]);
const message = z.object({
  type: z.literal("message").optional(),
  role: z.enum(["user", "assistant", "system", "developer"]),
  content,
});
const item = z.union([
  message,
  z.object({
    type: z.literal("function_call"),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.object({ type: z.literal("function_call_output"), call_id: z.string(), output: content }),
  z.object({ type: z.literal("item_reference").nullish(), id: z.string() }),
  // Reasoning, hosted tools and the like, which the emulator does not read.
  z.object({
    type: z.enum([
      "reasoning",
      "file_search_call",
      "web_search_call",
      "computer_call",
      "computer_call_output",
      "image_generation_call",
      "code_interpreter_call",
      "local_shell_call",
      "local_shell_call_output",
      "shell_call",
      "shell_call_output",
      "apply_patch_call",
      "apply_patch_call_output",
      "mcp_list_tools",
      "mcp_approval_request",
      "mcp_approval_response",
      "mcp_call",
      "custom_tool_call",
      "custom_tool_call_output",
      "compaction",
      "tool_search_call",
      "tool_search_output",
    ]),
  }),
]);

const tool = z.looseObject({ type: z.string() });
const toolChoice = z.union([
  z.enum(["none", "auto", "required"]),
  z.object({
    type: z.literal("allowed_tools"),
    mode: z.enum(["auto", "required"]),
    tools: z.array(z.object({ name: z.string().optional() })),
  }),
  z.object({ type: z.literal("function"), name: z.string() }),
  z.object({ type: z.string() }),
]);

export const responsesRequest = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(item)]),
  instructions: z.string().nullish(),
  previous_response_id: z.string().nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  tools: z.array(tool).max(MOST_TOOLS).nullish(),
  tool_choice: toolChoice.nullish(),
  text: z
    .object({
      format: z
        .discriminatedUnion("type", [
          z.object({ type: z.literal("text") }),
          z.object({ type: z.literal("json_object") }),
          namedSchema.extend({ type: z.literal("json_schema") }),
        ])
        .nullish(),
    })
    .nullish(),
  max_output_tokens: z.int().min(16, "integer below minimum value. Expected a value >= 16").nullish(),
});

export type ResponsesRequest = z.output<typeof responsesRequest>;

/** What earlier responses hold. Both throw OpenAI's 4xx for what is not there. */
export interface Earlier {
  /** Everything said up to and in the response. */
  conversation(responseId: string): readonly Said[];
  item(id: string): readonly Said[];
}

/** What it asks for. Throws OpenAI's 400. */
export const readResponses = (request: ResponsesRequest, earlier: Earlier): Ask => {
  const { input, previous_response_id: previous, max_output_tokens: maxOutput } = request;
  const own: Said[] =
    typeof input === "string"
      ? [{ by: "user", text: input }]
      : input.flatMap((each) => readItem(each, earlier));
  const said = [...(previous == null ? [] : earlier.conversation(previous)), ...own];
  checkAnswers(said);
  const functions = (request.tools ?? []).map((each, index) =>
    each.type === "function" ? readFunction(each, index) : undefined,
  );
  const tools = readTools(functions, (index) => `tools[${index}].parameters`);
  const choice = readChoice(request.tool_choice);
  checkToolChoice(choice, tools, functions.length > 0);
  const format = readFormat(request);
  checkJsonWanted(
    format,
    request.instructions ? [...said, { by: "system", text: request.instructions }] : said,
    "input",
    "text.format",
  );
  return { said, tools, toolChoice: choice, format, maxOutput: maxOutput ?? undefined };
};

const readFunction = (given: unknown, index: number): z.output<typeof functionTool> => {
  const result = functionTool.safeParse(given);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const param = `tools[${index}].${String(first?.path[0] ?? "name")}`;
  throw new OpenAiError(400, "invalid_value", `Invalid value for '${param}': ${first?.message}.`, param);
};

const readItem = (each: z.output<typeof item>, earlier: Earlier): readonly Said[] => {
  if ("role" in each) {
    const by = each.role === "developer" ? "system" : each.role;
    return [{ by, text: textOf(each.content) }];
  }
  if ("arguments" in each) return [{ by: "call", id: each.call_id, text: each.name + each.arguments }];
  if ("output" in each) return [{ by: "tool", id: each.call_id, text: textOf(each.output) }];
  return "id" in each ? earlier.item(each.id) : [];
};

// Every call has its answer somewhere after it, and every answer its call before it.
const checkAnswers = (said: readonly Said[]): void => {
  const open = new Set<string>();
  for (const each of said) {
    if (each.by === "call") open.add(each.id);
    if (each.by === "tool" && !open.delete(each.id))
      throw invalid(`No tool call found for function call output with call_id ${each.id}.`);
  }
  const [unanswered] = open;
  if (unanswered !== undefined) throw invalid(`No tool output found for function call ${unanswered}.`);
};

const readChoice = (choice: ResponsesRequest["tool_choice"]): ToolChoice => {
  if (choice == null || typeof choice === "string") return { mode: choice ?? "auto" };
  if ("name" in choice) return { mode: "named", name: choice.name };
  if ("mode" in choice) return { mode: choice.mode, among: choice.tools.flatMap(({ name }) => name ?? []) };
  return { mode: "auto" };
};

const readFormat = ({ text }: ResponsesRequest): OutputFormat => {
  const format = text?.format;
  return format?.type === "json_schema"
    ? readSchema(format, "text.format.schema")
    : { type: format?.type ?? "text" };
};

const invalid = (message: string): OpenAiError => new OpenAiError(400, null, message, "input");

// Tools of a text request: what OpenAI refuses about them, for both endpoints.
import { z } from "zod";
import { OpenAiError } from "../http/openai-error.ts";
import { asSchema } from "../schema/combine.ts";
import { checkRoot, checkStrict } from "../schema/strict.ts";
import type { TextTool, ToolChoice } from "./conversation.ts";

export const MOST_TOOLS = 128;

export const functionTool = z.object({
  name: z
    .string()
    .max(64)
    .regex(
      /^[\w-]+$/,
      "string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'",
    ),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
});

/** The functions among a request's tools. Throws OpenAI's 400 for a schema that it does not take; `param` names the place. */
export const readTools = (
  tools: readonly (z.output<typeof functionTool> | undefined)[],
  param: (index: number) => string,
): TextTool[] =>
  tools.flatMap((tool, index) => {
    if (!tool) return [];
    const { name, parameters, strict } = tool;
    const subject = { title: `function '${name}'`, param: param(index), code: "invalid_function_parameters" };
    if (strict) checkStrict(asSchema(parameters), subject);
    else if (parameters && Object.keys(parameters).length > 0) checkRoot(parameters, subject);
    return [{ name, parameters: parameters ?? undefined }];
  });

/** Throws OpenAI's 400 for a choice that the tools do not offer. */
export const checkToolChoice = (choice: ToolChoice, tools: readonly TextTool[], hasTools: boolean): void => {
  const refuse = (fault: string) =>
    new OpenAiError(400, null, `Invalid value for 'tool_choice': ${fault}`, "tool_choice");
  if (!hasTools && (choice.mode === "required" || choice.mode === "named"))
    throw refuse("'tool_choice' is only allowed when 'tools' are specified.");
  const names = choice.mode === "named" ? [choice.name] : (choice.among ?? []);
  const unknown = names.find((wanted) => !tools.some(({ name }) => name === wanted));
  if (unknown !== undefined)
    throw refuse(`no function named '${unknown}' was specified in the 'tools' parameter.`);
};

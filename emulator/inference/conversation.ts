// What a text request says and asks for, in the terms of neither endpoint.
import type { Schema } from "../schema/combine.ts";

export type Said =
  | { by: "user" | "system" | "assistant"; text: string }
  | { by: "call"; id: string; text: string }
  | { by: "tool"; id: string; text: string };

export interface TextTool {
  name: string;
  parameters: unknown;
}

export type ToolChoice =
  | { mode: "none" | "auto" | "required"; among?: readonly string[] | undefined }
  | { mode: "named"; name: string };

export type OutputFormat =
  | { type: "text" }
  | { type: "json_object" }
  | { type: "json_schema"; schema: Schema };

export interface Ask {
  said: readonly Said[];
  tools: readonly TextTool[];
  toolChoice: ToolChoice;
  format: OutputFormat;
  /** Tokens. */
  maxOutput: number | undefined;
}

/** The text of a message's content: a string, or parts of which some are text. */
export const textOf = (content: unknown): string => {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) => (isObject(part) && typeof part.text === "string" ? part.text : ""))
    .join("");
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

// Makes a tool's answer of what an MCP server returned.
import { isJsonRecord } from "../../json/record.ts";
import type { Answer } from "../tool.ts";
import type { RemoteResult } from "./client.ts";

/**
 * Structured content as JSON, else the text. What a voice model cannot read, such as an image, is named in its place. A tool's
 * own error reaches the model as `{ error }`.
 */
export const answerOf = ({ isError, content, structured }: RemoteResult): Answer => {
  const text = wordsIn(content);
  if (isError) return { error: text === "" ? "The tool failed, and did not say why." : text };
  return isJsonRecord(structured) || Array.isArray(structured) ? structured : text;
};

/** All of a result's parts as text. */
export const wordsIn = (content: RemoteResult["content"]): string => content.map(textOf).join("\n");

const textOf = (part: Record<string, unknown>): string => {
  if (part.type === "text" && typeof part.text === "string") return part.text;
  const { resource } = part;
  if (isJsonRecord(resource) && typeof resource.text === "string") return resource.text;
  const place = isJsonRecord(resource) ? resource.uri : part.uri;
  return typeof place === "string" ? `[${String(part.type)} ${place}]` : `[${String(part.type)} left out]`;
};

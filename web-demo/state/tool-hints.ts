// For each tool a sentence to try, and its arguments in readable form.
import type { ToolDescription } from "../../client/index.ts";

export interface ToolParameter {
  name: string;
  type: string;
  required: boolean;
  description?: string;
}

// For the tools that come with the service; others show their description.
const phrases: Record<string, string> = {
  current_time: "What time is it in Tokyo?",
  convert_units: "How many kilometres is a marathon of 26.2 miles?",
};

/** A sentence to try, or undefined where none is known. */
export const phraseFor = ({ name }: ToolDescription): string | undefined => phrases[name];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const typeName = (schema: Record<string, unknown>): string => {
  if (Array.isArray(schema.enum)) return "choice";
  if (Array.isArray(schema.type)) return schema.type.join(" or ");
  return typeof schema.type === "string" ? schema.type : "any";
};

/** The arguments of a tool, as its JSON Schema lists them. */
export const parametersOf = ({ parameters }: ToolDescription): ToolParameter[] => {
  const properties = isRecord(parameters.properties) ? parameters.properties : {};
  const required = Array.isArray(parameters.required) ? parameters.required : [];
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    type: isRecord(schema) ? typeName(schema) : "any",
    required: required.includes(name),
    ...(isRecord(schema) && typeof schema.description === "string" && { description: schema.description }),
  }));
};

/** The profiles to choose from: those that offer a tool, and always the chosen one. */
export const profilesOf = (tools: ToolDescription[], chosen: string): string[] =>
  [...new Set([chosen, ...tools.flatMap(({ profiles }) => profiles)])].sort();

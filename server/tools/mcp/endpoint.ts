// The port to the MCP endpoint: one message of a client's in, one answer out; the tools are the caller's.
import type { JsonRecord } from "../../json/record.ts";
import type { ToolListing } from "../toolbox.ts";

/** What the endpoint may do for one caller. */
export interface McpTools {
  list(): readonly ToolListing[];
  /** A refusal that the model can act on is an answer, with `isError`; every other one rejects. */
  call(name: string, args: JsonRecord): Promise<{ text: string; isError: boolean }>;
}

/** A message with the header fields that the protocol knows. */
export interface McpRequest {
  headers: Readonly<Record<string, string>>;
  message: JsonRecord;
}

export interface McpAnswer {
  status: number;
  /** Undefined where there is no body. */
  contentType: string | undefined;
  body: string;
}

export type AnswerMcp = (request: McpRequest, tools: McpTools) => Promise<McpAnswer>;

// The `delegation` part of OpenAI's GPT-Live session object: who does the work that the voice model hands on, and with which tools.
import { z } from "zod";
import { liveDecisions } from "./live-decisions.ts";
import { functionTool, mcpTool } from "./session-tools.ts";

const liveFunction = functionTool.extend({ strict: z.boolean().exactOptional() });

const webSearch = z.strictObject({
  type: z.literal("web_search"),
  external_web_access: z.boolean().exactOptional(),
  filters: z.strictObject({ allowed_domains: z.array(z.string().min(1)) }).exactOptional(),
  search_context_size: z.enum(["low", "medium", "high"]).exactOptional(),
  user_location: z
    .strictObject({
      type: z.literal("approximate").exactOptional(),
      city: z.string().exactOptional(),
      country: z.string().length(2).exactOptional(),
      region: z.string().exactOptional(),
      timezone: z.string().exactOptional(),
    })
    .exactOptional(),
});

const fileSearch = z.strictObject({
  type: z.literal("file_search"),
  vector_store_ids: z.array(z.string().min(1)).min(1),
  max_num_results: z.int().min(1).max(50).exactOptional(),
});

// Those that OpenAI answers itself, and functions. What a computer, a shell or a patch of ours would have to answer, none would.
const tool = z.discriminatedUnion("type", [liveFunction, mcpTool, webSearch, fileSearch], {
  error: "is a tool of type function, web_search, file_search or mcp",
});

const toolChoice = z.union([
  z.enum(["none", "auto", "required"]),
  z.strictObject({ type: z.literal("function"), name: z.string() }),
  z.strictObject({ type: z.literal("mcp"), server_label: z.string(), name: z.string() }),
  z.strictObject({ type: z.literal("web_search") }),
  z.strictObject({ type: z.literal("file_search") }),
]);

/** The model behind the voice, at OpenAI. */
const responses = z.strictObject({
  model: z.string().min(1),
  instructions: z.string().nullable().exactOptional(),
  max_output_tokens: z.int().min(16).nullable().exactOptional(),
  // All calls of a response are answered together, so one at a time is spoken sooner.
  parallel_tool_calls: z.boolean().default(false),
  reasoning: z
    .strictObject({
      effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]).nullable().exactOptional(),
      summary: z.enum(["concise", "detailed", "auto"]).nullable().exactOptional(),
    })
    .nullable()
    .exactOptional(),
  service_tier: z.enum(["auto", "default", "flex", "priority"]).nullable().exactOptional(),
  text: z
    .strictObject({ verbosity: z.enum(["low", "medium", "high"]).nullable().exactOptional() })
    .nullable()
    .exactOptional(),
  tool_choice: toolChoice.exactOptional(),
  tools: z.array(tool).exactOptional(),
});

const delay = { acknowledgement_delay_ms: z.number().min(0).exactOptional() };

export const liveDelegation = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("client"), ...delay }),
    z.strictObject({ type: z.literal("responses"), responses, ...delay }),
    z.strictObject({ type: z.literal("decisions"), decisions: liveDecisions, ...delay }),
  ],
  { error: "has the type client, responses or decisions" },
);

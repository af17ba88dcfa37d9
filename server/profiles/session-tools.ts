// The `tools` and `tool_choice` parts of OpenAI's session object.
import { z } from "zod";
import { identifierSchema } from "../names.ts";

const toolFilter = z.strictObject({
  read_only: z.boolean().exactOptional(),
  tool_names: z.array(z.string()).exactOptional(),
});

const connectors = [
  "connector_dropbox",
  "connector_gmail",
  "connector_googlecalendar",
  "connector_googledrive",
  "connector_microsoftteams",
  "connector_outlookcalendar",
  "connector_outlookemail",
  "connector_sharepoint",
] as const;

export const mcpTool = z
  .strictObject({
    type: z.literal("mcp"),
    server_label: z.string().min(1),
    server_url: z.url().exactOptional(),
    connector_id: z.enum(connectors).exactOptional(),
    tunnel_id: z.string().exactOptional(),
    server_description: z.string().exactOptional(),
    authorization: z.string().exactOptional(),
    headers: z.record(z.string(), z.string()).nullable().exactOptional(),
    allowed_tools: z
      .union([z.array(z.string()), toolFilter])
      .nullable()
      .exactOptional(),
    require_approval: z
      .union([
        z.enum(["always", "never"]),
        z.strictObject({ always: toolFilter.exactOptional(), never: toolFilter.exactOptional() }),
      ])
      .nullable()
      .exactOptional(),
    allowed_callers: z
      .array(z.enum(["direct", "programmatic"]))
      .nullable()
      .exactOptional(),
    defer_loading: z.boolean().exactOptional(),
  })
  .refine((tool) => [tool.server_url, tool.connector_id, tool.tunnel_id].some((way) => way !== undefined), {
    error: "needs one of server_url, connector_id and tunnel_id",
  });

export const functionTool = z.strictObject({
  type: z.literal("function"),
  name: identifierSchema,
  description: z.string().exactOptional(),
  parameters: z.record(z.string(), z.unknown()).exactOptional(),
});

export const sessionTool = z.discriminatedUnion("type", [functionTool, mcpTool]);

export const toolChoice = z.union([
  z.enum(["none", "auto", "required"]),
  z.strictObject({ type: z.literal("function"), name: z.string() }),
  z.strictObject({
    type: z.literal("mcp"),
    server_label: z.string(),
    name: z.string().nullable().exactOptional(),
  }),
]);

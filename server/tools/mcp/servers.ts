// MCP servers as broker.yaml names them, and the names that their tools get here.
import { z } from "zod";
import { hasCredentials } from "../../net/url-credentials.ts";
import { secretText } from "../../secret-schema.ts";
import { headerName, headerValue } from "../http-tool.ts";
import { toolLimitFields } from "../tool.ts";

/** Between a server's name and its tool's; a server's name has none, so that no two servers can meet in one name. */
const SEPARATOR = "__";

export const mcpServerNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,24}$/, "must be 1 to 24 letters, digits or -, as it begins the names of its tools");

const isPlainUrl = (text: string): boolean =>
  /^https?:\/\//.test(text) && URL.canParse(text) && !hasCredentials(text) && new URL(text).hash === "";

/** One entry of `mcp_servers`. */
export const mcpServerSchema = z
  .strictObject({
    url: z
      .string()
      .refine(isPlainUrl, { error: "must be an http(s) address; credentials go under headers" })
      .optional()
      .describe("Where it answers, by streamable HTTP."),
    headers: z
      .record(headerName, headerValue)
      .optional()
      .describe("Fixed headers of each request, such as credentials."),
    command: z.string().min(1).optional().describe("Or the program to run and talk to by stdio."),
    args: z.array(z.string()).optional().describe("The program's arguments."),
    env: z
      .record(
        z.string().regex(/^[A-Za-z_]\w*$/, "is not an environment variable's name"),
        secretText(z.string()),
      )
      .optional()
      .describe(
        "Its environment, beside PATH, HOME, USER, LOGNAME, SHELL and TERM; it gets no other variable.",
      ),
    ...toolLimitFields,
  })
  .superRefine(({ url, headers, command, args, env }, context) => {
    const complain = (field: string, message: string) =>
      context.addIssue({ code: "custom", path: field === "" ? [] : [field], message });
    if ((url === undefined) === (command === undefined)) complain("", "needs either a url or a command");
    if (headers && url === undefined) complain("headers", "goes with a url only");
    if (args && command === undefined) complain("args", "goes with a command only");
    if (env && command === undefined) complain("env", "goes with a command only");
  });

export type McpServerConfig = z.output<typeof mcpServerSchema>;

export const toolPrefix = (server: string): string => `${server}${SEPARATOR}`;

/** The server whose tools a name in broker.yaml means, such as `shop` for `shop__find` and `shop__*`. */
export const serverOf = (name: string): string | undefined => {
  const end = name.indexOf(SEPARATOR);
  return end > 0 ? name.slice(0, end) : undefined;
};

/** Whether an entry of a profile's `tools` means this tool: by its name, or as one of all a server's, such as `shop__*`. */
export const means = (entry: string, tool: string): boolean => {
  const server = serverOf(tool);
  return entry === tool || (server !== undefined && entry === `${server}${SEPARATOR}*`);
};

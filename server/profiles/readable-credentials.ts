// Credentials in a profile's session: OpenAI shows a session to its holder, so the holder can read them.
import { type Session, toolsIn } from "./session.ts";

/** Warnings about MCP tools whose credentials reach callers. Each begins with the field. */
export const credentialWarnings = (session: Session): string[] => {
  const { at, tools } = toolsIn(session);
  return tools.flatMap((tool, index) => {
    if (tool.type !== "mcp") return [];
    const fields = [
      ...(tool.authorization === undefined ? [] : ["authorization"]),
      ...(Object.keys(tool.headers ?? {}).length === 0 ? [] : ["headers"]),
      ...(mayHoldCredential(tool.server_url) ? ["server_url"] : []),
    ];
    return fields.map(
      (field) =>
        `session.${at}[${index}].${field}: callers with a session of this profile can read it, as OpenAI shows them the session; use a credential that they may have, or a tool under \`tools\`, whose credentials stay here`,
    );
  });
};

// A user, a password or a query; the path names the server.
const mayHoldCredential = (address: string | undefined): boolean => {
  if (address === undefined) return false;
  const { username, password, search } = new URL(address);
  return [username, password, search].some((part) => part !== "");
};

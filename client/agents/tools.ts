// The profile's tools as tools of OpenAI's Agents SDK.
import type { BrokerClient } from "../broker-client.ts";
import type { AgentsToolOptions } from "./sdk.ts";

// Every tool made here, with the whole list it belongs to.
const lists = new WeakMap<object, readonly object[]>();

/** Whether an agent's tools are just those of the profile, so that the session has them already. */
export const areTheProfiles = (tools: readonly object[]): boolean => {
  const [first] = tools;
  const list = first && lists.get(first);
  return list?.length === tools.length && tools.every((tool) => lists.get(tool) === list);
};

/**
 * Makes a tool of the SDK of each of the profile's tools; `tool` is the SDK's function of that name. The broker runs
 * them, under the page's user. The model is told why one failed. Rejects with a `BrokerError` where the broker refuses.
 */
export const agentTools = async <Tool extends object>(
  broker: Pick<BrokerClient, "profile" | "listTools" | "callTool">,
  tool: (options: AgentsToolOptions) => Tool,
): Promise<Tool[]> => {
  const listed = await broker.listTools();
  const { profile } = broker;
  const made = listed
    .filter(({ profiles }) => profile === undefined || profiles.includes(profile))
    .map(({ name, description, parameters }) =>
      tool({
        name,
        description,
        // The SDK's type describes strict schemas; it sends what it is given.
        parameters: parameters as unknown as AgentsToolOptions["parameters"],
        strict: false,
        execute: async (input, _context, details) => {
          const { signal } = details ?? {};
          try {
            const call = { name, arguments: Object(input) as object };
            const answer = (await broker.callTool(call, signal && { signal })) ?? null;
            return typeof answer === "string" ? answer : JSON.stringify(answer);
          } catch (cause) {
            return JSON.stringify({ error: cause instanceof Error ? cause.message : String(cause) });
          }
        },
      }),
    );
  for (const each of made) lists.set(each, made);
  return made;
};

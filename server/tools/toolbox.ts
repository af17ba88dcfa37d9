// All tools by name, and who may call which: the callers who may use a profile may call the tools that it offers.
import { type Allow, admits, mayUse } from "../auth/allow.ts";
import type { Caller } from "../auth/caller.ts";
import { isCredentialName } from "../auth/query-credentials.ts";
import { Failure } from "../failures/failure.ts";
import { IDENTIFIER } from "../names.ts";
import type { FunctionTool } from "../profiles/compose.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Tool } from "./tool.ts";

export interface ToolListing extends Pick<Tool, "name" | "description" | "parameters"> {
  /** The profiles, of those that the caller may use, that offer it. */
  profiles: string[];
}

export interface Toolbox {
  /** The tool, if the caller may call it. Throws `not-found` or `tool-forbidden`. */
  find(name: string, caller: Caller): Tool;
  list(caller: Caller): ToolListing[];
  /** A profile's tools, of those that the caller may call, as OpenAI's session object lists them. */
  offeredBy(profile: Profile, caller: Caller): readonly FunctionTool[];
}

/** `rules` narrow who may call a tool, by its name, whatever the profiles allow. */
export const createToolbox = (
  tools: readonly Tool[],
  profiles: readonly Profile[],
  rules: Readonly<Record<string, { allow: Allow }>>,
): Toolbox => {
  const rulesByName = new Map(Object.entries(rules));
  const mayCall = (tool: string, caller: Caller): boolean => {
    const rule = rulesByName.get(tool);
    return !rule || admits(rule.allow, caller);
  };
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const offers = new Map(
    profiles.map((profile) => [profile, profile.tools.map((name) => functionTool(byName, name))]),
  );
  const profilesOf = (name: string, caller: Caller): string[] =>
    profiles
      .filter((profile) => profile.tools.includes(name) && mayUse(profile, caller))
      .map((profile) => profile.name);
  return {
    find: (name, caller) => {
      const tool = byName.get(name);
      if (!tool) throw new Failure("not-found", `There is no tool called ${name}.`);
      if (!mayCall(name, caller) || profilesOf(name, caller).length === 0)
        throw new Failure("tool-forbidden");
      return tool;
    },
    list: (caller) =>
      tools
        .map(({ name, description, parameters }) => ({
          name,
          description,
          parameters,
          profiles: mayCall(name, caller) ? profilesOf(name, caller) : [],
        }))
        .filter((tool) => tool.profiles.length > 0),
    offeredBy: (profile, caller) => (offers.get(profile) ?? []).filter(({ name }) => mayCall(name, caller)),
  };
};

const functionTool = (tools: ReadonlyMap<string, Tool>, name: string): FunctionTool => {
  const tool = tools.get(name);
  if (!tool) throw new Error(`no tool is called ${name}`);
  return { type: "function", name, description: tool.description, parameters: tool.parameters };
};

/** What is wrong with the set of tools: malformed, reserved or repeated names, and arguments named like credentials. */
export const findToolFaults = (tools: readonly Tool[], reserved: ReadonlySet<string>): string[] => {
  const seen = new Set<string>();
  return tools.flatMap(({ name, parameters }) => {
    const faults: string[] = [];
    if (!IDENTIFIER.test(name)) faults.push("its name must be 1 to 64 letters, digits, _ or -");
    if (reserved.has(name)) faults.push(`/${name} is an address of this service; choose another name`);
    if (seen.has(name)) faults.push("there is another tool of this name");
    seen.add(name);
    const args = Object.keys(parameters.properties ?? {});
    for (const arg of args.filter(isCredentialName)) {
      faults.push(`its argument ${arg} is named like a credential; choose another name`);
    }
    return faults.map((fault) => `tool ${name}: ${fault}`);
  });
};

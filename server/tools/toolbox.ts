// All tools by name, and who may call which: the callers who may use a profile may call the tools that it offers.
import { type Allow, admits, mayUse } from "../auth/allow.ts";
import type { Caller } from "../auth/caller.ts";
import { isCredentialName } from "../auth/query-credentials.ts";
import { Failure } from "../failures/failure.ts";
import type { Recorded } from "../ledger/content.ts";
import { IDENTIFIER } from "../names.ts";
import type { FunctionTool } from "../profiles/compose.ts";
import type { Profile } from "../profiles/profile.ts";
import { means } from "./mcp/servers.ts";
import type { Tool } from "./tool.ts";

export interface ToolListing extends Pick<Tool, "name" | "description" | "parameters"> {
  /** The profiles, of those that the caller may use, that offer it. */
  profiles: string[];
}

export interface Toolbox {
  /** The tool, if the caller may call it. Throws `not-found` or `tool-forbidden`. */
  find(name: string, caller: Caller): Tool;
  list(caller: Caller): ToolListing[];
  /**
   * What is kept of the caller's calls of a tool. A call names no profile, so only what all profiles record through which the caller
   * may call it.
   */
  recordedOf(name: string, caller: Caller): Recorded;
  /** A profile's tools, of those that the caller may call, as OpenAI's session object lists them. */
  offeredBy(profile: Profile, caller: Caller): readonly FunctionTool[];
  /** The names of those that the service itself runs in supervised sessions. */
  serverTools(profile: Profile, caller: Caller): readonly string[];
  /** Whether the caller's calls of it need the grant of a live session: all profiles through which they may call it say so. */
  isBoundToSession(name: string, caller: Caller): boolean;
}

/**
 * `rules` narrow who may call a tool, by its name, whatever the profiles allow. `remote` are the tools of MCP servers at the
 * moment: another list whenever one has changed; `fixed` come first where names meet.
 */
export const createToolbox = (
  fixed: readonly Tool[],
  profiles: readonly Profile[],
  rules: Readonly<Record<string, { allow: Allow }>>,
  remote: () => readonly Tool[] = () => none,
): Toolbox => {
  const rulesByName = new Map(Object.entries(rules));
  const mayCall = (tool: string, caller: Caller): boolean => {
    const rule = rulesByName.get(tool);
    return !rule || admits(rule.allow, caller);
  };
  let indexed = indexTools(fixed, remote(), profiles);
  let indexedRemote = remote();
  const current = (): ToolIndex => {
    if (remote() !== indexedRemote) {
      indexedRemote = remote();
      indexed = indexTools(fixed, indexedRemote, profiles);
    }
    return indexed;
  };
  const profilesOf = (name: string, caller: Caller): Profile[] =>
    (current().profilesOf.get(name) ?? []).filter((profile) => mayUse(profile, caller));
  const offeredBy = (profile: Profile, caller: Caller): readonly FunctionTool[] =>
    (current().offers.get(profile) ?? []).filter(({ name }) => mayCall(name, caller));
  return {
    find: (name, caller) => {
      const tool = current().byName.get(name);
      if (!tool) throw new Failure("not-found", `There is no tool called ${name}.`);
      if (!mayCall(name, caller) || profilesOf(name, caller).length === 0)
        throw new Failure("tool-forbidden");
      return tool;
    },
    list: (caller) =>
      [...current().byName.values()]
        .map(({ name, description, parameters }) => ({
          name,
          description,
          parameters,
          profiles: mayCall(name, caller) ? profilesOf(name, caller).map((each) => each.name) : [],
        }))
        .filter((tool) => tool.profiles.length > 0),
    recordedOf: (name, caller) => {
      const [first, ...others] = profilesOf(name, caller).map(({ record }) => record);
      return (first ?? []).filter((kind) => others.every((record) => record.includes(kind)));
    },
    offeredBy,
    serverTools: (profile, caller) =>
      offeredBy(profile, caller)
        .map(({ name }) => name)
        .filter((name) => profile.serverTools.some((entry) => means(entry, name))),
    isBoundToSession: (name, caller) =>
      profilesOf(name, caller).every(
        ({ supervision, voice }) => supervision !== "none" && voice.page_tools === "session",
      ),
  };
};

const none: readonly Tool[] = [];

interface ToolIndex {
  byName: ReadonlyMap<string, Tool>;
  /** In the order of each profile's own list. */
  offers: ReadonlyMap<Profile, readonly FunctionTool[]>;
  profilesOf: ReadonlyMap<string, readonly Profile[]>;
}

const indexTools = (
  fixed: readonly Tool[],
  remote: readonly Tool[],
  profiles: readonly Profile[],
): ToolIndex => {
  const byName = new Map([...remote, ...fixed].map((tool) => [tool.name, tool]));
  const tools = [...byName.values()];
  const meant = ({ tools: entries }: Profile): Tool[] => [
    ...new Set(entries.flatMap((entry) => tools.filter(({ name }) => means(entry, name)))),
  ];
  const offers = new Map(profiles.map((profile) => [profile, meant(profile).map(functionTool)]));
  const offering = (name: string) =>
    profiles.filter((profile) => offers.get(profile)?.some((tool) => tool.name === name));
  return { byName, offers, profilesOf: new Map(tools.map(({ name }) => [name, offering(name)])) };
};

const functionTool = ({ name, description, parameters }: Tool): FunctionTool => ({
  type: "function",
  name,
  description,
  parameters,
});

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

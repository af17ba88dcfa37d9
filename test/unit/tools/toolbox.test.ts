// The set of tools: names that can be called, and who may call what.
import { expect, it } from "vitest";
import { z } from "zod";
import type { Caller } from "../../../server/auth/caller.ts";
import { type Profile, profileSchema } from "../../../server/profiles/profile.ts";
import { defineTool } from "../../../server/tools/tool.ts";
import { createToolbox, findToolFaults } from "../../../server/tools/toolbox.ts";

const toolCalled = (name: string, shape: z.ZodRawShape = {}) =>
  defineTool({ name, description: `Does ${name}.`, parameters: z.object(shape), run: () => name });
const faults = (...tools: ReturnType<typeof toolCalled>[]) =>
  findToolFaults(tools, new Set(["tools", "metrics"]));

it.each(["bad name", "a/b", "", "x".repeat(65), "naïve", "a.b"])("a tool cannot be called %j", (name) => {
  expect(faults(toolCalled(name))).toEqual([
    `tool ${name}: its name must be 1 to 64 letters, digits, _ or -`,
  ]);
});

it("a tool cannot take an address of the service, nor another tool's name", () => {
  expect(faults(toolCalled("tools"), toolCalled("x"), toolCalled("x"))).toEqual([
    "tool tools: /tools is an address of this service; choose another name",
    "tool x: there is another tool of this name",
  ]);
});

it.each(["token", "api_key", "Api-Key", "ACCESS_TOKEN", "authorization", "jwt"])(
  "an argument cannot be called %s: no address may carry that",
  (name) => {
    expect(faults(toolCalled("x", { [name]: z.string() }))).toEqual([
      `tool x: its argument ${name} is named like a credential; choose another name`,
    ]);
  },
);

const profile = (name: string, tools: string[], allow: string[]): Profile => ({
  name,
  ...profileSchema.parse({ session: { type: "realtime", model: "m" }, tools, allow }),
});
const profiles = [
  profile("default", ["time"], ["everyone"]),
  profile("staff", ["time", "payroll"], ["members"]),
  profile("boss", ["payroll", "fire"], ["token:boss"]),
];
const toolbox = createToolbox(
  ["time", "payroll", "fire", "unused"].map((name) => toolCalled(name)),
  profiles,
  { payroll: { allow: ["token:alice", "token:boss"] } },
);
const guest: Caller = { kind: "guest", id: "guest:127.0.0.1" };
const alice: Caller = { kind: "token", id: "token:alice", name: "alice", roles: [] };
const boss: Caller = { kind: "token", id: "token:boss", name: "boss", roles: [] };
const listed = (caller: Caller) =>
  toolbox.list(caller).map(({ name, profiles: from }) => `${name}: ${from.join(" ")}`);

it("lists the tools of the profiles that a caller may use, with those profiles", () => {
  expect(listed(guest)).toEqual(["time: default"]);
  expect(listed(alice)).toEqual(["time: default staff", "payroll: staff"]);
  expect(listed(boss)).toEqual(["time: default staff", "payroll: staff boss", "fire: boss"]);
});

it("keeps a tool's own rule, whatever the profile allows", () => {
  const intern: Caller = { kind: "token", id: "token:intern", name: "intern", roles: [] };
  expect(listed(intern)).toEqual(["time: default staff"]);
  expect(() => toolbox.find("payroll", intern)).toThrow(expect.objectContaining({ code: "tool-forbidden" }));
  const [, staff] = profiles;
  if (!staff) throw new Error("there is a staff profile");
  expect(toolbox.offeredBy(staff, intern).map(({ name }) => name)).toEqual(["time"]);
});

it("finds what it lists, and refuses the rest", () => {
  expect(toolbox.find("payroll", alice).name).toBe("payroll");
  expect(() => toolbox.find("payroll", guest)).toThrow(expect.objectContaining({ code: "tool-forbidden" }));
  expect(() => toolbox.find("unused", boss)).toThrow(expect.objectContaining({ code: "tool-forbidden" }));
  for (const name of ["nothing", "constructor", "__proto__"]) {
    expect(() => toolbox.find(name, boss)).toThrow(expect.objectContaining({ code: "not-found" }));
  }
});

it("offers a profile's tools as OpenAI lists them, and nothing that runs", () => {
  const [, staff] = profiles;
  if (!staff) throw new Error("there is a staff profile");
  expect(toolbox.offeredBy(staff, alice)).toEqual([
    {
      type: "function",
      name: "time",
      description: "Does time.",
      parameters: expect.objectContaining({ type: "object" }),
    },
    { type: "function", name: "payroll", description: "Does payroll.", parameters: expect.anything() },
  ]);
});

// Tools in an operator's own folder: loaded at the start, and what the start says of files that hold none.
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadToolFiles } from "../../server/tools/tool-files.fs.ts";
import { startProcess } from "../support/process.ts";

const token = "alice-0123456789abcdef";
const alice = { headers: { authorization: `Bearer ${token}` } };
const yaml = (offered: string) => `
settings: { database_url: "sqlite::memory:", openai_api_key: sk-operator-0123456789 }
callers: { tokens: [{ name: alice, token: ${token} }] }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [${offered}] } }
tools_dir: ./tools
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tools-"));
  await mkdir(join(folder, "tools"));
});
afterEach(() => rm(folder, { recursive: true }));

const put = (name: string, text: string) => writeFile(join(folder, "tools", name), text);
const start = async (offered: string) => {
  const file = join(folder, "broker.yaml");
  await writeFile(file, yaml(offered));
  return startProcess({ BROKER_CONFIG: file });
};

const greet = `
import { defineTool, Failure, type ToolContext } from "realtime-key-broker";
import { z } from "zod";
import { polite } from "./parts/polite.mjs";

export default defineTool({
  name: "greet",
  description: "Greets.",
  parameters: z.object({ name: z.string() }),
  run: ({ name }, { caller }: ToolContext) => {
    if (name === "nobody") throw new Failure("arguments-invalid", "Nobody cannot be greeted.");
    if (name === "crash") throw new Error("the greeter broke");
    return polite(name, caller.id);
  },
});
`;
const plain = (name: string) => `
import { defineTool } from "realtime-key-broker";
import { z } from "zod";
export default defineTool({ name: "${name}", description: "d", parameters: z.object({}), run: () => "fine" });
`;

it("calls a tool in TypeScript and one in JavaScript, in a folder without packages", async () => {
  await put("greet.ts", greet);
  await mkdir(join(folder, "tools/parts"));
  await put("parts/polite.mjs", 'export const polite = (name, from) => "Dear " + name + ", from " + from;');
  await put("linked-file", plain("linked"));
  await symlink(join(folder, "tools/linked-file"), join(folder, "tools/linked.mjs"));
  for (const ignored of ["greet.test.ts", "greet.d.ts", "README.md", ".hidden.js"]) await put(ignored, "]");
  await using service = await start("greet, linked, current_time");
  const url = await service.listening();
  const ask = async (path: string) => {
    const answer = await fetch(url + path, alice);
    return [answer.status, await answer.text()];
  };
  expect(await ask("/greet?name=Bob")).toEqual([200, "Dear Bob, from token:alice"]);
  expect(await ask("/linked")).toEqual([200, "fine"]);
  expect(await ask("/greet?name=nobody")).toEqual([422, expect.stringContaining("cannot be greeted")]);
  expect(await ask("/greet?name=Bob&x=1")).toEqual([422, expect.stringContaining("/x")]);
  expect(await ask("/greet?name=crash")).toEqual([502, expect.not.stringContaining("broke")]);
  await expect.poll(() => service.output).toContain('"cause":{"name":"Error","message":"the greeter broke"}');
});

it("names every file that is no tool, together with the other mistakes", async () => {
  await put("a.js", plain("twice"));
  await put("b.js", plain("twice"));
  await put("c.mjs", "export default { name: 'c' };");
  await put("d.ts", "throw new Error('no connection');");
  await put("e.ts", "const x: = 1;");
  await put("f.js", "import 'left-pad';");
  await put("g.js", plain("current_time"));
  await put("h.js", plain("healthz"));
  await put("i.js", plain("unused").replace('"d"', "undefined"));
  await symlink(join(folder, "nowhere.js"), join(folder, "tools", "j.js"));
  await using service = await start("twice, missing");
  expect(await service.exited).toBe(1);
  for (const line of [
    "- tools_dir: b.js has a tool called twice, as a.js has",
    "- tools_dir: c.mjs must have a default export made by defineTool()",
    "- tools_dir: d.ts cannot be loaded: no connection",
    "- tools_dir: e.ts cannot be loaded: ",
    "- tools_dir: f.js cannot be loaded: Cannot find package 'left-pad'",
    "- tools_dir: j.js cannot be loaded: ",
    "- tools_dir: i.js must have a default export made by defineTool()",
    "- tool current_time: there is another tool of this name",
    "- tool healthz: /healthz is an address of this service; choose another name",
    "- profiles.default.tools: there is no tool called missing",
  ])
    expect(service.output).toContain(line);
  expect(service.output).not.toContain("tool called twice\n");
});

it("names a file whose loading never ends, instead of waiting for it", async () => {
  await put("slow.js", "await new Promise(() => {});");
  const { problems } = await loadToolFiles(join(folder, "tools"), 200);
  expect(problems).toEqual(["slow.js cannot be loaded: it took more than 0.2 s"]);
});

it("says that the folder is not there", async () => {
  await rm(join(folder, "tools"), { recursive: true });
  await using service = await start("");
  expect(await service.exited).toBe(1);
  expect(service.output).toContain(`- tools_dir: ${join(folder, "tools")} cannot be read: ENOENT`);
});

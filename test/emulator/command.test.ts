// The options of the emulator's command.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runEmulator } from "../../emulator/command.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "emulator-"));
  await writeFile(join(folder, "broken.json"), "{");
  await writeFile(join(folder, "misspelt.json"), '{"turns":[{"say":"x"}]}');
  await writeFile(join(folder, "hello.json"), '{"turns":[{"says":"Hello from the file."}]}');
});
afterAll(() => rm(folder, { recursive: true }));

const written: string[] = [];
const run = (args: string[], env: Record<string, string> = {}) =>
  runEmulator(
    args.map((arg) => arg.replace("FOLDER", folder)),
    env,
    (text) => written.push(text),
  );

test("help shows them, and starts nothing", async () => {
  expect(await run(["--help"])).toBeUndefined();
  expect(written.pop()).toContain("--script FILE");
});

test.each([
  ["an unknown one", ["--prot", "1"], "Unknown option '--prot'"],
  ["a port that is none", ["--port", "http"], 'port: must be a number from 0 to 65535, not "http"'],
  [
    "a host elsewhere",
    ["--port", "0", "--host", "192.0.2.1"],
    "host: 192.0.2.1 is no address of this machine",
  ],
  ["half of TLS", ["--tls-key", "key.pem"], "--tls-key and --tls-cert: each needs the other"],
  ["a missing script", ["--script", "/none.json"], "--script: the file /none.json cannot be read"],
  ["a script that is no JSON", ["--script", "FOLDER/broken.json"], "broken.json is not JSON"],
  ["a misspelt script", ["--script", "FOLDER/misspelt.json"], "Unknown parameter: 'turns[0].say'"],
])("%s is refused in words", async (_, args, message) => {
  await expect(run(args)).rejects.toThrow(message);
});

test("a script and a key hold from the first request on", async () => {
  const emulator = await run(["--script", "FOLDER/hello.json", "--api-key", "sk-mine"], { PORT: "0" });
  expect(written.pop()).toContain("(the key you set)");
  const client = new OpenAI({ baseURL: emulator?.baseUrl ?? "", apiKey: "sk-mine" });
  const response = await client.responses.create({ model: "gpt-5", input: "Hi" });
  expect(response.output_text).toBe("Hello from the file.");
  const other = client.withOptions({ apiKey: "sk-other" });
  await expect(other.models.list()).rejects.toMatchObject({ status: 401 });
  await emulator?.close();
});

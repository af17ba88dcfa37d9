// The emulator as a program of its own.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createCaller } from "./caller.ts";
import { connectSocket } from "./socket-client.ts";

const main = new URL("../../emulator/main.ts", import.meta.url).pathname;

let emulator: ChildProcess;
let lines: string[];
let baseUrl: string;
let errors = "";

beforeEach(async () => {
  emulator = spawn(process.execPath, [main], { env: { PORT: "0" } });
  emulator.stderr?.on("data", (chunk) => {
    errors += chunk;
  });
  lines = [];
  const reader = createInterface({ input: emulator.stdout ?? process.stdin });
  reader.on("line", (line) => lines.push(line));
  await expect.poll(() => lines.join("\n")).toContain("/emulator/calls");
  baseUrl = /http:\S+\/v1/.exec(lines[0] ?? "")?.[0] ?? "";
});
afterEach(() => {
  emulator.kill("SIGKILL");
});

test("started alone, it says where it is and how to use it", async () => {
  expect(lines.join("\n")).toContain(`OPENAI_BASE_URL=${baseUrl} OPENAI_API_KEY=sk-anything`);
  expect(lines.join("\n")).toContain(`${baseUrl}/realtime/calls`);
  expect((await fetch(`${baseUrl}/models`, { headers: { authorization: "Bearer sk-x" } })).status).toBe(200);
});

test("a mistake ends it with a sentence", async () => {
  const failed = promisify(execFile)(process.execPath, [main, "--port", new URL(baseUrl).port], { env: {} });
  await expect(failed).rejects.toMatchObject({
    code: 1,
    stderr: `emulator: port ${new URL(baseUrl).port} is in use: choose another with --port\n`,
  });
});

test("told to stop in the middle of calls, it ends by itself and at once", async () => {
  const caller = createCaller();
  const response = await fetch(`${baseUrl}/realtime/calls`, {
    method: "POST",
    headers: { authorization: "Bearer sk-x", "content-type": "application/sdp" },
    body: await caller.offer(),
  });
  await caller.accept(await response.text());
  await caller.next("session.created");
  caller.send({ type: "response.create" });
  await caller.next("output_audio_buffer.started");
  // A caller who asked for a call and never came.
  const nobody = createCaller();
  await fetch(`${baseUrl}/realtime/calls`, {
    method: "POST",
    headers: { authorization: "Bearer sk-x", "content-type": "application/sdp" },
    body: await nobody.offer(),
  });
  const line = await connectSocket(baseUrl);
  line.send({ type: "response.create" });
  await fetch(new URL("/emulator/faults", baseUrl), {
    method: "POST",
    body: JSON.stringify({ path: "/v1/models", delay_ms: 60_000 }),
  });
  const slow = fetch(`${baseUrl}/models`).catch(() => "gone");
  await line.next("response.created");

  const exit = once(emulator, "exit");
  const begun = performance.now();
  emulator.kill("SIGTERM");
  expect(await exit).toEqual([0, null]);
  expect(performance.now() - begun).toBeLessThan(15_000);
  expect(errors).toBe("");
  await caller.ended;
  expect(await slow).toBe("gone");
  await Promise.all([caller.close(), nobody.close()]);
});

// What an entry has recorded of a request: its prompt before it is sent, and the answer that its caller gets.
import { expect, it } from "vitest";
import type { Recorded } from "../../../../server/ledger/content.ts";
import { recordRelayed } from "../../../../server/relay/recording/recording.ts";
import { type IncomingBody, readRelayBody } from "../../../../server/relay/request-body.ts";
import { testFlow, testRecipient } from "../../../support/recipient.ts";

const both: Recorded = ["prompts", "answers"];

const incoming = (contentType: string, text: string, charge = () => {}): IncomingBody => ({
  ...{ contentType, length: undefined, isSigned: false, charge },
  whole: async (_, look) => {
    const bytes = Buffer.from(text);
    look?.(bytes, bytes.length);
    return bytes;
  },
  passing: () => {
    throw new Error("is whole");
  },
  discharge: () => {},
  release: () => {},
});
const form = [
  ...["--x", 'Content-Disposition: form-data; name="model"', "", "whisper-1"],
  ...["--x", 'Content-Disposition: form-data; name="prompt"', "", "Names: Ada"],
  ...["--x", 'Content-Disposition: form-data; name="file"; filename="a.wav"', "", "RIFF", "--x--", ""],
].join("\r\n");

const told = async (recorded: Recorded, path: string, body: IncomingBody) => {
  const caller = testRecipient();
  const read = await readRelayBody(path, body);
  const recording = recordRelayed(recorded, read, caller);
  read.release();
  recording.recipient.onHead(200, { "content-type": "application/json" }, testFlow());
  recording.recipient.onData(Buffer.from('{"text":"Good morning"}'));
  recording.recipient.onEnd();
  expect(caller.ending).toBe("whole");
  return recording.excerpts().map(([kind, excerpt]) => [kind, excerpt.read().text]);
};

it("keeps a JSON body as it came, though it is gone when the answer begins", async () => {
  const text = '{ "model": "gpt-5", "input": "Hi" }';
  expect(await told(both, "/v1/responses", incoming("application/json", text))).toEqual([
    ["prompts", text],
    ["answers", "Good morning"],
  ]);
});

it("keeps a form's fields, and not its files", async () => {
  const body = incoming("multipart/form-data; boundary=x", form);
  expect((await told(both, "/v1/audio/transcriptions", body))[0]).toEqual([
    "prompts",
    "model: whisper-1\nprompt: Names: Ada\n",
  ]);
});

it("lets a form pass that there is no memory to read", async () => {
  const overloaded = () => {
    throw new Error("overloaded");
  };
  const body = incoming("multipart/form-data; boundary=x", form, overloaded);
  expect((await told(both, "/v1/audio/transcriptions", body))[0]).toEqual(["prompts", ""]);
});

it("keeps only what the entry says", async () => {
  const body = () => incoming("application/json", '{"model":"gpt-5"}');
  expect(await told(["answers"], "/v1/responses", body())).toEqual([["answers", "Good morning"]]);
  expect((await told(["prompts"], "/v1/responses", body())).map(([kind]) => kind)).toEqual(["prompts"]);
});

// How many characters a request has spoken, by its body.
import { expect, it } from "vitest";
import { type IncomingBody, readRelayBody } from "../../../../server/relay/request-body.ts";
import { spokenCharacters } from "../../../../server/relay/usage/spoken-characters.ts";

const SPEECH = "/v1/audio/speech";

const incoming = (text: string, charge = () => {}): IncomingBody => ({
  ...{ contentType: "application/json", length: undefined, isSigned: false, charge },
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
const charactersOf = async (body: object, path = SPEECH) =>
  spokenCharacters(path, await readRelayBody(path, incoming(JSON.stringify(body))));

it("counts characters, whatever bytes they take", async () => {
  expect(await charactersOf({ model: "tts-1", input: "é🎈 a" })).toBe(4);
  expect(await charactersOf({ model: "tts-1", input: "" })).toBe(0);
});

it("knows of none where there is no text, or no speech", async () => {
  expect(await charactersOf({ model: "tts-1", input: 7 })).toBe(undefined);
  expect(await charactersOf({ model: "tts-1" })).toBe(undefined);
  expect(await charactersOf({ model: "gpt-5", input: "a" }, "/v1/embeddings")).toBe(undefined);
  expect(spokenCharacters(SPEECH, undefined)).toBe(undefined);
});

it("knows of none where there is no memory to look, and refuses nothing for that", async () => {
  const overloaded = () => {
    throw new Error("overloaded");
  };
  const text = JSON.stringify({ model: "tts-1", input: "a" });
  const body = await readRelayBody(SPEECH, incoming(text, overloaded));
  expect(spokenCharacters(SPEECH, body)).toBe(undefined);
});

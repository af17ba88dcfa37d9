// Answers pass to the caller as they come, and what the model said is read on the way.
import { expect, it } from "vitest";
import { AnswerRecorder } from "../../../../server/relay/recording/answer-recorder.ts";
import { testFlow, testRecipient } from "../../../support/recipient.ts";

const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };
const EVENTS = { "content-type": "text/event-stream" };

const answered = (headers: Record<string, string>, ...chunks: (string | Buffer)[]) => {
  const caller = testRecipient();
  const recorder = new AnswerRecorder(caller);
  recorder.onHead(200, headers, testFlow());
  for (const chunk of chunks) recorder.onData(Buffer.from(chunk));
  return { caller, recorder, ...recorder.excerpt().read() };
};
const eventsOf = (...words: string[]) =>
  words.map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`).join("");
const inBytes = (text: string) => [...Buffer.from(text)].map((byte) => Buffer.from([byte]));

it("reads a JSON answer, in pieces of any size", () => {
  const body = JSON.stringify({ choices: [{ message: { content: "Grüß Gott" } }] });
  expect(answered(JSON_TYPE, ...inBytes(body))).toMatchObject({ text: "Grüß Gott", isCut: false });
  expect(answered(JSON_TYPE, body).caller).toMatchObject({ status: 200, text: body });
});

it("reads a stream's pieces, and one that was broken off as far as it came", () => {
  const stream = `${eventsOf("Grüß ", "Gott")}data: [DONE]\n\n`;
  expect(answered(EVENTS, ...inBytes(stream)).text).toBe("Grüß Gott");
  const { caller, recorder } = answered(EVENTS, eventsOf("Half"), 'data: {"choices":[{"delta":{"con');
  recorder.onBreak(new Error("lost"));
  expect(caller.ending).toBe("lost");
  expect(recorder.excerpt().read().text).toBe("Half");
});

it("reads subtitles as they are, and neither sounds nor what comes compressed", () => {
  expect(answered({ "content-type": "text/vtt" }, "WEBVTT\n\nHé").text).toBe("WEBVTT\n\nHé");
  expect(answered({ "content-type": "audio/mpeg" }, "xyz").text).toBe("");
  expect(answered({ ...JSON_TYPE, "content-encoding": "gzip" }, '{"text":"x"}').text).toBe("");
  expect(answered({}, "x").text).toBe("");
});

it("keeps the beginning of a JSON answer that is too long to read", () => {
  const { text, isCut } = answered(
    JSON_TYPE,
    '{"text":"',
    "some words ".repeat(20_000),
    "more ".repeat(50_000),
  );
  expect(isCut).toBe(true);
  expect(text).toMatch(/^\{"text":"some words/);
});

it("passes over an event that is too long, and reads on", () => {
  const long = `data: ${JSON.stringify({ response: "x".repeat(300_000) })}\n\n`;
  expect(answered(EVENTS, eventsOf("a"), long, eventsOf("b")).text).toBe("ab");
});

it("has nothing where no answer came", () => {
  expect(new AnswerRecorder(testRecipient()).excerpt().read().text).toBe("");
});

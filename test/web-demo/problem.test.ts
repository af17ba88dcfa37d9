// Problems in the words of the voice page.
import { expect, test } from "vitest";
import { BrokerError } from "../../client/index.ts";
import { VoiceError, voiceError } from "../../client/voice/voice-error.ts";
import { browserProblem, describeEnd, describeProblem } from "../../web-demo/state/problem.ts";

const refusal = (more: object = {}): BrokerError =>
  new BrokerError({
    status: 422,
    code: "key-request-invalid",
    title: "The request for a key is not valid",
    detail: "A caller may override only …",
    ...more,
  });

test("a refusal is a sentence for the user, and for the developer the broker's words", () => {
  const error = refusal({
    requestId: "request-1",
    errors: [{ pointer: "/session/voice", detail: "may not be set" }],
  });
  expect(describeProblem(error)).toEqual({
    title: "Voice is not available at the moment. Please try again in a minute.",
    developer: {
      message: "The request for a key is not valid: A caller may override only …",
      parts: ["/session/voice may not be set"],
      requestId: "request-1",
      explanation: "./problems/key-request-invalid",
    },
  });
  expect(describeProblem(voiceError(error))).toEqual(describeProblem(error));
});

test("the broker's own sentence for the user is shown, and when to come back", () => {
  const problem = describeProblem(refusal({ userMessage: "Too many are talking.", retryAfterSeconds: 7 }));
  expect(problem).toMatchObject({ title: "Too many are talking.", advice: "Try again in 7 s." });
});

test("a broken session is a sentence for the user, and the cause for the developer", () => {
  expect(describeProblem(new VoiceError("connection-lost", "ICE failed."))).toEqual({
    title: "Voice is not available at the moment. Please try again in a minute.",
    developer: { message: "ICE failed." },
  });
});

test("says what a browser lacks", () => {
  expect(browserProblem({ hasWebRtc: false, hasMicrophone: true })?.title).toContain("WebRTC");
  expect(browserProblem({ hasWebRtc: true, hasMicrophone: false })?.advice).toContain("https");
  expect(browserProblem({ hasWebRtc: true, hasMicrophone: true })).toBeUndefined();
});

test("a session that the broker ended is no failure: its reason is said in words", () => {
  expect(describeEnd({ reason: "idle" })).toMatchObject({
    title: expect.stringContaining("The time for this conversation is up"),
    detail: "Nothing was said for a while.",
  });
  expect(describeEnd({ reason: "one-to-come" })).toEqual({
    title: "The conversation has ended. Start again to go on.",
    developer: { message: "The broker's reason: one-to-come" },
  });
});

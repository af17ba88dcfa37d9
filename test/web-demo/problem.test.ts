// Problems in the words of the voice page.
import { expect, test } from "vitest";
import { BrokerError } from "../../client/index.ts";
import { browserProblem, describeProblem } from "../../web-demo/state/problem.ts";

test("a refusal is told in the broker's words, with the request id, the parts and the page that explains it", () => {
  const refusal = new BrokerError({
    status: 422,
    code: "key-request-invalid",
    title: "The request for a key is not valid",
    detail: "A caller may override only …",
    userMessage: "Something on this page does not work.",
    requestId: "request-1",
    errors: [{ pointer: "/session/voice", detail: "may not be set" }],
  });
  expect(describeProblem(refusal.message, refusal)).toEqual({
    title: "The request for a key is not valid",
    sentence: "Something on this page does not work.",
    detail: "A caller may override only …",
    parts: ["/session/voice may not be set"],
    requestId: "request-1",
    explanation: "./problems/key-request-invalid",
  });
});

test("a refusal that says when to come back is told so", () => {
  const refusal = new BrokerError({
    status: 503,
    code: "draining",
    title: "T",
    detail: "D",
    retryAfterSeconds: 7,
  });
  expect(describeProblem("", refusal).advice).toBe("Try again in 7 s.");
});

test("after a 401 the page says where to enter a token, in place of the broker's sentence for users", () => {
  const refusal = new BrokerError({ status: 401, code: "credentials-missing", title: "T", detail: "D" });
  expect(describeProblem("", refusal)).toMatchObject({ advice: "Enter a token below." });
  expect(describeProblem("", refusal)).not.toHaveProperty("sentence");
});

test("says what a browser lacks", () => {
  expect(browserProblem({ hasWebRtc: false, hasMicrophone: true })?.title).toContain("WebRTC");
  expect(browserProblem({ hasWebRtc: true, hasMicrophone: false })?.advice).toContain("https");
  expect(browserProblem({ hasWebRtc: true, hasMicrophone: true })).toBeUndefined();
});

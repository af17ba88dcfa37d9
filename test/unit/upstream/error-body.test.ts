// OpenAI's error bodies, as the log and the caller may have them.
import { describe, expect, it } from "vitest";
import { readErrorBody } from "../../../server/upstream/error-body.ts";

describe("an error of OpenAI's", () => {
  it("keeps its words, without keys and without our names there", () => {
    const error = {
      message: "Project `proj_abcdef123` of org-Ab12Cd34 may not use it with sk-proj-abcdefgh12345678",
      type: "invalid_request_error",
      param: "model",
      code: "model_not_found",
    };
    expect(readErrorBody(404, JSON.stringify({ error }))).toEqual({
      ...error,
      status: 404,
      message: "Project `[redacted]` of [redacted] may not use it with [redacted]",
    });
  });

  it.each([
    "<html>sk-proj-abcdefgh12345678</html>",
    "",
    "null",
    '{"error":"no"}',
    '{"error":{"message":{}}}',
  ])("that reads %s is not quoted", (text) => {
    expect(readErrorBody(400, text)).toEqual({
      status: 400,
      message: "OpenAI answered 400.",
      type: "invalid_request_error",
      param: null,
      code: null,
    });
  });
});

// Refusals and failures of tool calls.
import { forUsers, type Kind } from "./kind.ts";

export const toolKinds = {
  "tool-forbidden": {
    status: 403,
    title: "You may not call this tool",
    advice: "A tool is open to those who may use a profile that offers it. Ask the operator.",
    userMessage: forUsers.noAccess,
  },
  "tool-failed": {
    status: 502,
    title: "The tool failed",
    advice: "The operator finds the cause in the log, under the request id.",
    userMessage: forUsers.toolFailed,
  },
  "tool-answer-too-large": {
    status: 502,
    title: "The tool's answer is too large",
    advice: "Ask for less, or raise the tool's `max_answer_bytes`.",
    userMessage: forUsers.toolFailed,
  },
  "tool-timeout": {
    status: 504,
    title: "The tool did not answer in time",
    advice: "Try again, or raise the tool's `timeout_ms`.",
    userMessage: forUsers.toolFailed,
  },
} satisfies Record<string, Kind>;

// Calls a tool in two steps: arguments checked, then run with limited time and size, the answer made ready to send.
import type { Caller } from "../auth/caller.ts";
import { Failure } from "../failures/failure.ts";
import { jsonPointer } from "../json/pointer.ts";
import type { JsonRecord } from "../json/record.ts";
import { findExcesses } from "./argument-limits.ts";
import { type ReadArguments, readQueryArguments } from "./query.ts";
import { type RunOptions, ToolRun } from "./run.ts";
import type { Accepted, Answer, Tool } from "./tool.ts";

/** A tool's answer as it is sent: a string as text, everything else as JSON. */
export interface RenderedAnswer {
  contentType: "application/json" | "text/plain; charset=UTF-8";
  body: string;
}

/** Arguments as they came in. */
export interface ToolInput {
  /** The query string, without its question mark. */
  query: string;
  /** The JSON object of a POST, with what was wrong in reading it. */
  body: ReadArguments | undefined;
}

type RunPorts = Pick<RunOptions, "clock" | "timers" | "caller" | "callerSignal" | "trace">;

export type CallPorts = Pick<RunOptions, "clock" | "timers">;

export interface CheckedArguments extends Accepted {
  /** As they came in. */
  args: JsonRecord;
}

/** Validates the arguments, and runs nothing. Throws `arguments-invalid`. */
export const checkArguments = (tool: Tool, input: ToolInput): CheckedArguments => {
  const args = readArguments(tool, input);
  const faults = [...args.errors, ...findExcesses(args.value)];
  if (faults.length > 0) throw invalid(tool, faults);
  const acceptance = tool.accept(args.value);
  if (!acceptance.accepted) throw invalid(tool, acceptance.errors);
  return { accepted: true, run: acceptance.run, args: args.value };
};

/**
 * Runs the tool with arguments that it accepted, and renders its answer. Throws `tool-timeout`, `tool-failed`,
 * `tool-answer-too-large`, or the `Failure` that the tool itself threw.
 */
export const callTool =
  ({ clock, timers }: CallPorts) =>
  async (
    tool: Tool,
    accepted: Accepted,
    caller: Caller,
    callerSignal: () => AbortSignal,
    trace?: RunPorts["trace"],
  ): Promise<RenderedAnswer> =>
    render(tool, await run(tool, accepted, { clock, timers, caller, callerSignal, trace }));

const readArguments = (tool: Tool, { query, body }: ToolInput): ReadArguments => {
  const fromQuery = readQueryArguments(query, tool.parameters);
  if (!body) return fromQuery;
  const twice = Object.keys(fromQuery.value).filter((name) => Object.hasOwn(body.value, name));
  return {
    value: { ...fromQuery.value, ...body.value },
    errors: [
      ...fromQuery.errors,
      ...body.errors,
      ...twice.map((name) => ({
        pointer: jsonPointer([name]),
        detail: "is given in the address and in the body",
      })),
    ],
  };
};

const invalid = (tool: Tool, errors: ReadArguments["errors"]): Failure =>
  new Failure("arguments-invalid", `The tool ${tool.name} was not run.`, { errors });

const run = async (tool: Tool, accepted: Accepted, ports: RunPorts): Promise<Answer> => {
  const { name, timeoutMs } = tool;
  const onTimeout = () => new Failure("tool-timeout", `${name} took longer than ${timeoutMs} ms.`);
  const context = new ToolRun({ ...ports, timeoutMs, onTimeout });
  try {
    const answer = accepted.run(context);
    return isThenable(answer) ? await context.hold(Promise.resolve(answer)) : answer;
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure("tool-failed", `${name} failed.`, { cause });
  }
};

// A query of a database library is often no Promise, and would be waited for without an end.
const isThenable = (answer: Answer | PromiseLike<Answer>): answer is PromiseLike<Answer> =>
  typeof answer === "object" && answer !== null && "then" in answer && typeof answer.then === "function";

const render = (tool: Tool, answer: Answer): RenderedAnswer => {
  const body = typeof answer === "string" ? answer : toJson(tool, answer);
  if (Buffer.byteLength(body) > tool.maxAnswerBytes) {
    throw new Failure(
      "tool-answer-too-large",
      `${tool.name} answered more than ${tool.maxAnswerBytes} bytes.`,
    );
  }
  return { contentType: typeof answer === "string" ? "text/plain; charset=UTF-8" : "application/json", body };
};

const toJson = (tool: Tool, answer: Answer): string => {
  try {
    // JSON has no undefined and no functions: a tool without an answer says so.
    return JSON.stringify(answer) ?? "null";
  } catch (cause) {
    throw new Failure("tool-failed", `${tool.name} failed.`, { cause });
  }
};

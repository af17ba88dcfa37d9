// What a tool is, whether it comes from a file or from broker.yaml.
import { z } from "zod";
import type { Caller } from "../auth/caller.ts";
import type { Clock } from "../clock.ts";
import type { InputError } from "../failures/failure.ts";
import { inputErrorsOf } from "../json/input-errors.ts";
import { parseInput } from "../json/parse-input.ts";

/** A value that a tool may return: a string is answered as text, everything else as JSON. */
export type Answer =
  | string
  | number
  | boolean
  | null
  | readonly unknown[]
  | { readonly [name: string]: unknown };

/** What a running tool is given besides its arguments. */
export interface ToolContext {
  /** Ends when the caller goes or the time is up; pass it on to whatever the tool waits for. */
  signal: AbortSignal;
  clock: Clock;
  caller: Caller;
  /** Header fields with which another service goes on with the request's trace; undefined where it is not traced. */
  traceFields?: Readonly<Record<string, string>> | undefined;
}

export interface ToolLimits {
  timeoutMs: number;
  maxAnswerBytes: number;
}

const defaultLimits: ToolLimits = { timeoutMs: 10_000, maxAnswerBytes: 256 * 1024 };

/** The limits of a tool in broker.yaml. */
export const toolLimitFields = {
  timeout_ms: z
    .int()
    .min(1)
    .max(120_000)
    .default(defaultLimits.timeoutMs)
    .describe("How long it may take, in milliseconds."),
  max_answer_bytes: z
    .int()
    .min(1)
    .default(defaultLimits.maxAnswerBytes)
    .describe("How long its answer may be, in bytes."),
};

export type JsonSchema = Record<string, unknown>;

/** A tool, ready to be listed and called. */
export interface Tool extends ToolLimits {
  name: string;
  description: string;
  /** What it takes, as JSON Schema: for the model, for `/tools` and for reading query strings. */
  parameters: JsonSchema;
  /** Validates arguments; nothing runs until the acceptance's own `run`. */
  accept(args: unknown): Acceptance;
}

export interface Accepted {
  accepted: true;
  run(context: ToolContext): Answer | Promise<Answer>;
}

export type Acceptance = Accepted | { accepted: false; errors: InputError[] };

interface ToolDefinition<Shape extends z.ZodRawShape> extends Partial<ToolLimits> {
  /** 1 to 64 letters, digits, `_` or `-`; the tool answers at `/<name>`. */
  name: string;
  /** Tells the model when to use it. */
  description: string;
  parameters: z.ZodObject<Shape>;
  run(args: z.output<z.ZodObject<Shape>>, context: ToolContext): Answer | Promise<Answer>;
}

/** Defines a tool. Arguments that `parameters` does not name are refused. Throws for a limit that is none. */
export const defineTool = <Shape extends z.ZodRawShape>({
  parameters,
  run,
  ...rest
}: ToolDefinition<Shape>): Tool => {
  const strict = parameters.strict();
  const { $schema: _dialect, ...jsonSchema } = z.toJSONSchema(strict, { io: "input" });
  const limits = { ...defaultLimits, ...rest };
  for (const limit of ["timeoutMs", "maxAnswerBytes"] as const)
    if (!isLimit(limits[limit]))
      throw new Error(`${limit} of the tool ${rest.name} must be a whole number from 1 to ${LARGEST_LIMIT}`);
  return { ...limits, parameters: jsonSchema, accept: acceptWith(strict, run) };
};

/** A timer holds no more, and would fire at once. */
const LARGEST_LIMIT = 2 ** 31 - 1;

const isLimit = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= LARGEST_LIMIT;

/** Ties validation to running, so that no tool sees arguments that its schema did not pass. */
export const acceptWith =
  <Args>(schema: z.ZodType<Args>, run: (args: Args, context: ToolContext) => Answer | Promise<Answer>) =>
  (args: unknown): Acceptance => {
    const parsed = parseInput(schema, args);
    return parsed.success
      ? { accepted: true, run: (context) => run(parsed.data, context) }
      : {
          accepted: false,
          errors: inputErrorsOf(parsed.error, { unknownName: "is not an argument of this tool" }),
        };
  };

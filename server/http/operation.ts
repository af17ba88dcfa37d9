// An operation: what is published of it, and the typed steps that a request for it takes.
import type { z } from "zod";
import type { FailureCode } from "../failures/failure.ts";
import type { AnswerKind } from "./answer.ts";
import type { RequestFacts } from "./facts.ts";

/** One step of a request: needs some facts and services, adds facts, or throws one of its failures. */
export interface Step<Needs, Adds, Uses> {
  readonly failures: readonly FailureCode[];
  readonly run: (facts: Needs, services: Uses) => Adds | Promise<Adds>;
}

/** The verb of its name promises what it does: read, resolve, check, count. */
export const step = <Needs, Adds, Uses>(
  failures: readonly FailureCode[],
  run: (facts: Needs, services: Uses) => Adds | Promise<Adds>,
): Step<Needs, Adds, Uses> => ({ failures, run });

/** What the contract says of an operation. */
export interface Description<Answer> {
  /** `GET /ephemeral-key` and the name that generated clients give it. */
  routes: Readonly<Record<`${string} /${string}`, string>>;
  summary: string;
  description?: string;
  pathParameters?: Readonly<Record<string, string>>;
  query?: z.ZodObject;
  /** `any arguments`: as the tool's own schema says. `any type`: what OpenAI takes. */
  body?: z.ZodObject | "any arguments" | "any type";
  answer: AnswerKind<Answer>;
  /** What the handler itself may refuse, beyond its steps. */
  failures?: readonly FailureCode[];
  /** Asked every few seconds: no limit refuses it, and it is worth a log line only when it fails. */
  isProbe?: boolean;
  /** Asked every few seconds by one who is counted. */
  isQuiet?: boolean;
}

export interface Operation<Services> extends Omit<Description<never>, "answer"> {
  readonly answer: AnswerKind<unknown>;
  readonly steps: readonly Step<never, unknown, never>[];
  readonly handler: (facts: never, services: Services) => unknown;
}

type Added<Adds> = Adds extends object ? Adds : unknown;

interface Draft<Answer, Facts, Services> {
  /** The step's needs must be among the facts so far: a misordered row does not compile. */
  step<Adds, Uses>(step: Step<Facts, Adds, Uses>): Draft<Answer, Facts & Added<Adds>, Services & Uses>;
  /** Ends the row with the job, whose result must fit the answer. */
  handle<Uses>(
    handler: (facts: Facts, services: Uses) => Answer | Promise<Answer>,
  ): Operation<Services & Uses>;
}

/** Begins a row of the table. */
export const operation = <Answer>(description: Description<Answer>): Draft<Answer, RequestFacts, unknown> =>
  draft(description, []);

const draft = <Answer, Facts, Services>(
  description: Description<Answer>,
  steps: readonly Step<never, unknown, never>[],
): Draft<Answer, Facts, Services> => ({
  step: (next) => draft(description, [...steps, next as Step<never, unknown, never>]),
  handle: (handler) => ({
    ...description,
    answer: description.answer as AnswerKind<unknown>,
    steps,
    handler: handler as (facts: never, services: unknown) => unknown,
  }),
});

/** The services that all operations of a list need together. */
export type ServicesOf<Operations extends readonly Operation<never>[]> = Operations[number] extends {
  handler: (facts: never, services: infer Services) => unknown;
}
  ? Services
  : never;

// Runs a tool for a session, as a request of its caller would: the same rights, limits, checks and records.
import type { Caller } from "../../auth/caller.ts";
import type { Clock } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import { readJsonObject } from "../../json/object.ts";
import type { Contents } from "../../ledger/contents.ts";
import { Excerpt } from "../../ledger/excerpt.ts";
import type { Limiter } from "../../limits/limiter.ts";
import type { LimitChecks } from "../../limits/limits.ts";
import type { TimeBudget } from "../../limits/time-budget.ts";
import type { JobDone, Refused, Subscriber } from "../../observe/event.ts";
import { type CheckedArguments, checkArguments, type RenderedAnswer } from "../../tools/call.ts";
import type { Accepted, Tool } from "../../tools/tool.ts";
import type { Toolbox } from "../../tools/toolbox.ts";
import type { ToolCall } from "../dialects/fact.ts";
import type { VoiceSession } from "../session.ts";
import type { ServerToolPorts } from "./server-tools.ts";

/** What is in force when a tool is called. */
export interface ToolPolicy {
  toolbox: Toolbox;
  callTool(
    tool: Tool,
    accepted: Accepted,
    caller: Caller,
    signal: () => AbortSignal,
  ): Promise<RenderedAnswer>;
  limiter: Pick<Limiter, "take">;
  limitChecks: Pick<LimitChecks, "toolCall">;
  newTimeBudget(): TimeBudget;
  contents: Contents;
  newRequestId(): string;
}

interface Ports {
  policy(): ToolPolicy;
  clock: Clock;
  emit: Subscriber;
}

/** As the table of operations would have it. */
const ROUTE = "/:toolName";
const MAX_ARGUMENT_BYTES = 256 * 1024;

/** Resolves with the tool's answer, or with what the model may know of why there is none. */
export const toolRunner =
  ({ policy, clock, emit }: Ports): ServerToolPorts["runTool"] =>
  async (session, call, signal) => {
    const inForce = policy();
    const requestId = inForce.newRequestId();
    const startedAt = clock.monotonic();
    const ended = (outcome: Outcome): void => {
      const ms = clock.monotonic() - startedAt;
      emit(eventOf(session, call, { ...outcome, requestId, ms, at: clock.now(), isAborted: signal.aborted }));
    };
    try {
      const { tool, accepted } = await admit(session, call, inForce);
      const { body } = await inForce.callTool(tool, accepted, session.caller, () => signal);
      keep(inForce, requestId, session, tool.name, accepted, body);
      ended({ failure: undefined });
      return body;
    } catch (error) {
      const failure =
        error instanceof Failure ? error : new Failure("tool-failed", undefined, { cause: error });
      ended({ failure });
      return toldOf(failure);
    }
  };

const admit = async (
  { caller }: VoiceSession,
  { name, arguments: text }: ToolCall,
  { toolbox, limiter, limitChecks, newTimeBudget }: ToolPolicy,
): Promise<{ tool: Tool; accepted: CheckedArguments }> => {
  const tool = toolbox.find(name, caller);
  const bytes = Buffer.from(text);
  if (bytes.length > MAX_ARGUMENT_BYTES)
    throw new Failure("arguments-invalid", "The arguments are too long.");
  const accepted = checkArguments(tool, { query: "", body: readJsonObject(bytes) });
  const verdict = await limiter.take(limitChecks.toolCall(caller, name), newTimeBudget());
  if (!verdict.allowed) throw new Failure("limit-exceeded", "The tool was called too often.");
  return { tool, accepted };
};

const keep = (
  { toolbox, contents }: ToolPolicy,
  requestId: string,
  { caller }: VoiceSession,
  tool: string,
  { args }: CheckedArguments,
  result: string,
): void => {
  const texts = { tool_arguments: JSON.stringify(args), tool_results: result };
  for (const kind of ["tool_arguments", "tool_results"] as const) {
    if (!toolbox.recordedOf(tool, caller).includes(kind)) continue;
    const excerpt = new Excerpt();
    excerpt.add(texts[kind]);
    contents.keep(requestId, kind, excerpt);
  }
};

/** What was wrong in the arguments helps the model; why a tool failed is not its business. */
const toldOf = (failure: Failure): string => {
  const { code, message, errors } = failure;
  const detail = code === "arguments-invalid" || code === "limit-exceeded" ? message : undefined;
  return JSON.stringify({ error: code, ...(detail && { detail }), ...(errors?.length && { errors }) });
};

interface Outcome {
  failure: Failure | undefined;
}

const eventOf = (
  session: VoiceSession,
  { name }: ToolCall,
  told: Outcome & { requestId: string; ms: number; at: number; isAborted: boolean },
): Parameters<Subscriber>[0] => {
  const { requestId, ms, at, failure, isAborted } = told;
  const { caller } = session;
  const subject = { kind: "tool-call", tool: name } as const;
  const seconds = ms / 1000;
  const done: JobDone | undefined = failure
    ? undefined
    : { kind: "tool-called", tool: name, requestId, caller, seconds };
  const refusal: Refused | undefined = failure && {
    ...{ kind: "refused", code: failure.code, status: failure.status, subject, seconds, requestId, caller },
    ...{ limits: undefined, reason: undefined, cause: failure.cause },
    pointers: failure.errors?.map(({ pointer }) => pointer),
  };
  return {
    ...{
      kind: "request-ended",
      requestId,
      caller,
      at,
      ms,
      method: "SIDEBAND",
      route: ROUTE,
      path: `/${name}`,
    },
    ...{ status: failure?.status ?? 200, client: undefined, subject, done, refusal, isAborted },
    ...{ cutOff: undefined, tags: session.tags, isQuiet: false },
  };
};

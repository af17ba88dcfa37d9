// GET or POST /<toolName>: calls a tool.
import type { Caller } from "../../auth/caller.ts";
import { type CheckedArguments, checkArguments, type RenderedAnswer } from "../../tools/call.ts";
import type { Accepted, Tool } from "../../tools/tool.ts";
import type { Toolbox } from "../../tools/toolbox.ts";
import { replyOf } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork, refuseHead } from "../middleware/admission.ts";
import { reserveToolCall } from "../middleware/budgets.ts";
import { countedBy, limitInFlight } from "../middleware/limits.ts";
import { checkLoad } from "../middleware/load.ts";
import { type RecordServices, recordCall, recordedField } from "../middleware/recording.ts";
import { readTagHeader } from "../middleware/tags.ts";
import { authenticateOrGrant, checkToolGrant } from "../middleware/tool-caller.ts";
import { operation, step } from "../operation.ts";
import { bodyFailures, type LimitedBody, limitBody, readJsonBody } from "../request/body.ts";
import { type ReportServices, report } from "../run.ts";

/** Arguments may be texts. */
export const ARGUMENT_BYTES = 2 * 1024 * 1024;

export interface ToolServices {
  toolbox: Toolbox;
  callTool(
    tool: Tool,
    accepted: Accepted,
    caller: Caller,
    signal: () => AbortSignal,
    trace?: RequestFacts["trace"],
  ): Promise<RenderedAnswer>;
}

type Resolved = RequestFacts & { caller: Caller; tool: Tool };

const authorizeTool = step(
  ["not-found", "tool-forbidden"],
  (facts: RequestFacts & { caller: Caller }, { toolbox }: { toolbox: Toolbox }): { tool: Tool } => {
    const tool = toolbox.find(facts.path.slice(1), facts.caller);
    facts.subject = { kind: "tool-call", tool: tool.name };
    return { tool };
  },
);

interface Arguments {
  accepted: CheckedArguments;
}

// A call that cannot run is refused before it is counted.
const readArguments = step(
  ["arguments-invalid", ...bodyFailures],
  ({
    method,
    query,
    body,
    tool,
  }: Resolved & { body: LimitedBody | undefined }): Arguments | Promise<Arguments> => {
    if (method !== "POST") return { accepted: checkArguments(tool, { query, body: undefined }) };
    return readJsonBody(body).then((object) => ({ accepted: checkArguments(tool, { query, body: object }) }));
  },
);

const countCall = countedBy(({ caller, tool }: Resolved, limitChecks) =>
  limitChecks.toolCall(caller, tool.name),
);

export const callTool = operation({
  routes: { "GET /:toolName": "callToolByQuery", "POST /:toolName": "callTool" },
  summary: "Call a tool",
  description:
    "Runs the tool with the given arguments. Query strings are read by the types of the tool's schema; arrays and objects are JSON.",
  pathParameters: { toolName: "The name of a tool that GET /tools lists." },
  body: "any arguments",
  answer: replyOf("What the tool returned: text when that is a string, JSON otherwise.", {
    "application/json": "text",
    "text/plain": "text",
  }),
  failures: ["tool-failed", "tool-answer-too-large", "tool-timeout"],
})
  .step(refuseHead)
  .step(checkLoad("voice"))
  .step(acceptWork)
  .step(authenticateOrGrant)
  .step(limitInFlight)
  .step(readTagHeader)
  .step(authorizeTool)
  .step(checkToolGrant)
  .step(limitBody(ARGUMENT_BYTES))
  .step(readArguments)
  .step(countCall)
  .step(reserveToolCall)
  .handle(async (facts, services: ToolServices & RecordServices & ReportServices) => {
    const { tool, accepted, caller } = facts;
    const recorded = services.toolbox.recordedOf(tool.name, caller);
    const recording = recordCall(facts, services, recorded, accepted.args);
    const { contentType, body } = await services.callTool(
      tool,
      accepted,
      caller,
      () => facts.signal,
      facts.trace,
    );
    recording.tellResult(body);
    report(facts, services, { kind: "tool-called", tool: tool.name });
    const headers = { "content-type": contentType, "cache-control": "no-store", ...recordedField(recorded) };
    return { headers, body };
  });

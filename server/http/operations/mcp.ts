// POST /mcp: the caller's tools for MCP clients, by streamable HTTP without sessions.
import { z } from "zod";
import type { Caller } from "../../auth/caller.ts";
import { Failure, type FailureCode } from "../../failures/failure.ts";
import type { JsonRecord } from "../../json/record.ts";
import { checkArguments } from "../../tools/call.ts";
import type { AnswerMcp } from "../../tools/mcp/endpoint.ts";
import { replyOf } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { type BudgetServices, countToolCall } from "../middleware/budgets.ts";
import { count, type LimitServices, limitInFlight } from "../middleware/limits.ts";
import { checkLoad } from "../middleware/load.ts";
import { type RecordServices, recordCall, recordedField } from "../middleware/recording.ts";
import { readTagHeader } from "../middleware/tags.ts";
import { operation, step } from "../operation.ts";
import { bodyFailures, type LimitedBody, limitBody, readJsonBody } from "../request/body.ts";
import { asFailure } from "../response/problem.ts";
import { type ReportServices, report, reportRefusal } from "../run.ts";
import { ARGUMENT_BYTES, type ToolServices } from "./call-tool.ts";

type McpServices = ToolServices &
  LimitServices &
  BudgetServices &
  RecordServices &
  ReportServices & { answerMcp: AnswerMcp };

/** One message: a list of several, as older revisions had it, would be several calls in one request. */
const messageSchema = z.looseObject({
  jsonrpc: z.literal("2.0"),
  method: z.string().optional().describe("Such as `tools/list` or `tools/call`."),
  params: z.record(z.string(), z.unknown()).optional(),
});

const readMessage = step(
  bodyFailures,
  async ({ body }: RequestFacts & { body: LimitedBody | undefined }): Promise<{ message: JsonRecord }> => {
    if (!body) throw new Failure("media-type-unsupported");
    const { value, errors } = await readJsonBody(body);
    if (errors.length > 0)
      throw new Failure("request-malformed", "The message is not strict JSON.", { errors });
    return { message: value };
  },
);

/** What a model can act on, or tell its user. Everything else is answered as elsewhere, by status. */
const forModel: readonly FailureCode[] = [
  ...(["arguments-invalid", "not-found", "tool-forbidden"] as const),
  ...(["tool-failed", "tool-timeout", "tool-answer-too-large"] as const),
];

export const mcp = operation({
  routes: { "POST /mcp": "mcp" },
  summary: "The caller's tools for MCP clients",
  description:
    "Streamable HTTP of the Model Context Protocol, without sessions: one JSON-RPC message in each request. A tool's refusal is a result with `isError`; an error of the protocol itself is a JSON-RPC error, whose status may be 4xx.",
  body: messageSchema,
  answer: replyOf(
    "A JSON-RPC response, as JSON or as the one event of a stream.",
    { "application/json": "text", "text/event-stream": "text" },
    { others: { 202: "A notification was taken." } },
  ),
  failures: ["budget-exceeded"],
})
  .step(checkLoad("voice"))
  .step(acceptWork)
  .step(authenticate)
  .step(limitInFlight)
  .step(readTagHeader)
  .step(limitBody(ARGUMENT_BYTES))
  .step(readMessage)
  .handle(async (facts, services: McpServices) => {
    const { message, caller } = facts;
    const headers = protocolFields(facts);
    let refused: Failure | undefined;
    const { status, contentType, body } = await services.answerMcp(
      { headers, message },
      {
        list: () => services.toolbox.list(caller),
        call: async (name, args) => {
          try {
            return { text: await call(facts, services, name, args), isError: false };
          } catch (error) {
            const failure = asFailure(error);
            if (!forModel.includes(failure.code)) {
              refused = failure;
              throw failure;
            }
            reportRefusal(facts, services, failure);
            return { text: wordsOf(failure), isError: true };
          }
        },
      },
    );
    if (refused) throw refused;
    const type: Record<string, string> = contentType === undefined ? {} : { "content-type": contentType };
    return {
      status,
      headers: { ...type, "cache-control": "no-store" },
      body: body === "" ? undefined : body,
    };
  });

const call = async (
  facts: RequestFacts & { caller: Caller },
  services: McpServices,
  name: string,
  args: JsonRecord,
): Promise<string> => {
  const { caller } = facts;
  const tool = services.toolbox.find(name, caller);
  facts.subject = { kind: "tool-call", tool: tool.name };
  const accepted = checkArguments(tool, { query: "", body: { value: args, errors: [] } });
  await count(facts, services, services.limitChecks.toolCall(caller, tool.name));
  await countToolCall(facts, services);
  const recorded = services.toolbox.recordedOf(tool.name, caller);
  const recording = recordCall(facts, services, recorded, accepted.args);
  Object.assign(facts.outgoing.fields, recordedField(recorded));
  const { body } = await services.callTool(tool, accepted, caller, () => facts.signal, facts.trace);
  recording.tellResult(body);
  report(facts, services, { kind: "tool-called", tool: tool.name });
  return body;
};

const protocolFields = ({ incoming }: RequestFacts): Record<string, string> =>
  Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) =>
      /^(?:accept|content-type|mcp-[\w-]+)$/.test(name) && typeof value === "string" ? [[name, value]] : [],
    ),
  );

const wordsOf = ({ title, detail, errors = [] }: Failure): string =>
  [`${title}. ${detail}`, ...errors.map(({ pointer, detail: fault }) => `${pointer}: ${fault}`)].join("\n");

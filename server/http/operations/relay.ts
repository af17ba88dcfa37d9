// /v1/*: passes requests of OpenAI's clients on, under a key of ours.
import type { Caller } from "../../auth/caller.ts";
import type { LimitChecks } from "../../limits/limits.ts";
import type { FindTarget, RelayTarget } from "../../relay/policy/rules.ts";
import { recordRelayed } from "../../relay/recording/recording.ts";
import { type CheckedCall, checkCall, type Relay, type Relayed } from "../../relay/relay.ts";
import { spokenCharacters } from "../../relay/usage/spoken-characters.ts";
import type { SpentOn } from "../../usage/spent.ts";
import { joinTags } from "../../usage/tags.ts";
import { streamed } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork, refuseHead } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { type BackgroundServices, bookOnce } from "../middleware/background.ts";
import { reserveRelay } from "../middleware/budgets.ts";
import { upstreamFailures } from "../middleware/key-request.ts";
import { checkUsedUp, countedBy, limitInFlight } from "../middleware/limits.ts";
import { checkLoad } from "../middleware/load.ts";
import { keepAtEnd, type RecordServices, recordedField } from "../middleware/recording.ts";
import { readTagHeader } from "../middleware/tags.ts";
import { operation, step } from "../operation.ts";
import { bodyFailures } from "../request/body.ts";
import type { BodyMemory } from "../request/body-memory.ts";
import { requestBody } from "../request/request-body.ts";
import { respondTo } from "../response/relayed-response.ts";
import { type ReportServices, report } from "../run.ts";

export interface RelayServices {
  findTarget: FindTarget;
  relay: Relay;
  bodyMemory: BodyMemory;
  spentOn: SpentOn;
}

type Resolved = RequestFacts & { caller: Caller; target: RelayTarget };

const resolveTarget = step(
  ["path-forbidden"],
  (facts: RequestFacts & { caller: Caller }, { findTarget }: RelayServices): { target: RelayTarget } => {
    const target = findTarget(facts.caller, facts.method, facts.incoming.url ?? "");
    facts.subject = { kind: "relay", rule: target.rule.name };
    return { target };
  },
);

const relayChecks = ({ caller, target }: Resolved, limitChecks: LimitChecks) =>
  limitChecks.relay(caller, target.rule.name);

// What may not go on is refused before it is counted.
const readCall = step(
  ["model-forbidden", ...bodyFailures],
  async (facts: Resolved, { bodyMemory }: RelayServices): Promise<{ checked: CheckedCall }> => {
    const { incoming, outgoing, caller, target } = facts;
    const body = requestBody(incoming, outgoing, caller, bodyMemory);
    outgoing.isUpload = body !== undefined;
    // OpenAI may think for longer than a connection here may be idle, and a body may take its time.
    incoming.socket.setTimeout(0);
    const { method, query, signal } = facts;
    const { headers } = incoming;
    const checked = await checkCall({
      ...target,
      caller,
      method,
      query,
      headers,
      body,
      signal,
      attemptLog: facts,
    });
    facts.model = checked.body?.model;
    facts.tags = joinTags(facts.tags, checked.body?.tags);
    return { checked };
  },
);

export const relay = operation({
  routes: {
    "GET /v1/*": "relayGet",
    "POST /v1/*": "relayPost",
    "PUT /v1/*": "relayPut",
    "PATCH /v1/*": "relayPatch",
    "DELETE /v1/*": "relayDelete",
  },
  summary: "Whatever OpenAI's clients ask for, under a key of the service",
  description:
    "Paths and models are those that the caller's entry of `relay` in broker.yaml opens; the answer is OpenAI's, streamed as it comes. The token may also stand in the header `api-key`, as Azure's clients send it. Refusals of OpenAI's that concern the request come with OpenAI's status.",
  pathParameters: { path: "As OpenAI's own API has it: `chat/completions`, `responses`, …" },
  body: "any type",
  answer: streamed("What OpenAI answered.", { "*/*": "text" }, { isOpenAis: true }),
  failures: ["input-flagged", "input-unreadable", "moderation-unavailable", ...upstreamFailures],
})
  .step(refuseHead)
  .step(checkLoad("text"))
  .step(acceptWork)
  .step(authenticate)
  .step(limitInFlight)
  .step(readTagHeader)
  .step(resolveTarget)
  .step(checkUsedUp(relayChecks))
  .step(readCall)
  .step(countedBy(relayChecks))
  .step(reserveRelay)
  .handle((facts, services: RelayServices & BackgroundServices & RecordServices & ReportServices) => {
    const { incoming, outgoing, requestId, target, checked, method } = facts;
    const { record } = target.rule;
    const fields = { "x-broker-request-id": requestId, ...recordedField(record) };
    const responding = respondTo(incoming, outgoing, fields);
    const recording = record.length > 0 ? recordRelayed(record, checked.body, responding) : undefined;
    const recipient = recording?.recipient ?? responding;
    if (recording) keepAtEnd(facts, services, recording.excerpts);
    // Of the body there is nothing left, once it is sent.
    const characters = spokenCharacters(checked.call.path, checked.body);
    const relayed = services.relay(checked, recipient);
    const book = ({ backgroundId, ...done }: Relayed): void => {
      const spent = services.spentOn({ ...done, backgroundId, characters, method, path: checked.call.path });
      report(facts, services, { kind: "relayed", ...done, spent });
    };
    // While OpenAI thinks, an async function's frame takes twice the memory of this.
    return relayed.then((done) =>
      done.backgroundId === undefined
        ? book(done)
        : bookOnce(facts, services, done, done.backgroundId).then(book),
    );
  });

// GET /sessions/current: how a page's voice session stands, once or as server-sent events until it ends.
import type { Clock } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import type { VoiceSession } from "../../sessions/session.ts";
import type { StateWatch } from "../../sessions/told/state-watch.ts";
import type { Told } from "../../sessions/watchers/watcher.ts";
import { jsonAnswer, type Reply, replyOf } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork } from "../middleware/admission.ts";
import { type CurrentSession, resolveCurrent, type SessionServices } from "../middleware/sessions.ts";
import { currentSessionSchema, sessionEndSchema } from "../openapi/session-schemas.ts";
import { operation } from "../operation.ts";
import { type EventStream, openEventStream, type StreamServices } from "../response/event-stream.ts";
import { currentAnswer } from "../response/session-answers.ts";

export interface CurrentServices extends SessionServices, StreamServices {
  stateWatch: StateWatch;
  clock: Pick<Clock, "now">;
}

type Facts = RequestFacts & CurrentSession;

export const currentSession = operation({
  routes: { "GET /sessions/current": "currentSession" },
  summary: "How the page's supervised voice session stands, and why it ended",
  description:
    "With the grant of the ticket's answer as a bearer token; with credentials of the caller's own it is their newest session. With `Accept: text/event-stream` the answer goes on until the session ends: `state` whenever it changes, with the fields of the JSON answer; `ends-soon` with `ends_at`; `caption` with `by`, `text` and `whole`; `tool` with `name` and `state`.",
  answer: replyOf("The session.", { "application/json": currentSessionSchema, "text/event-stream": "text" }),
  failures: ["overloaded"],
  isQuiet: true,
})
  .step(acceptWork)
  .step(resolveCurrent)
  .handle((facts: Facts, services: CurrentServices): Reply | Promise<Reply> => {
    const { session, isByGrant } = facts;
    const headers = { "content-type": "application/json", "cache-control": "no-store", vary: "accept" };
    if (facts.header("accept")?.includes("text/event-stream")) {
      return followSession(facts, services).then(() => ({ headers, body: undefined }));
    }
    return { headers, body: JSON.stringify(currentAnswer(session, !isByGrant, services.clock.now())) };
  });

export const endCurrentSession = operation({
  routes: { "DELETE /sessions/current": "endCurrentSession" },
  summary: "End the page's supervised voice session",
  description:
    "With the grant of the ticket's answer as a bearer token; with credentials of the caller's own it is their newest session. OpenAI does not say when a browser leaves, so a page that is done says it here.",
  answer: jsonAnswer("Whether it was open.", sessionEndSchema),
  failures: ["store-unavailable"],
})
  .step(acceptWork)
  .step(resolveCurrent)
  .handle(async ({ session: { id } }: Facts, { sessions }: SessionServices) => ({
    id,
    ended: (await sessions.end({ ids: [id] }, "hung-up")) > 0,
  }));

/** Writes events until the session or the request ends. Throws `overloaded` where the session is followed too often. */
const followSession = async (facts: Facts, services: CurrentServices): Promise<void> => {
  const { sessions, stateWatch, clock } = services;
  let last = facts.session;
  let told = "";
  const tellState = (next: VoiceSession): void => {
    // The row may be older than what its owner has told.
    if (order.indexOf(next.state) < order.indexOf(last.state)) return;
    last = next;
    const { seconds, ...state } = currentAnswer(next, !facts.isByGrant, clock.now());
    const text = JSON.stringify(state);
    if (text === told) return;
    told = text;
    stream.send("state", { ...state, seconds });
    if (next.state === "ended") stream.finish();
  };
  const unwatch = stateWatch.watch(last.id, (session) => (session ? tellState(session) : stream.finish()));
  if (!unwatch)
    throw new Failure("overloaded", "This session is followed too often already. Close one of the streams.");
  // On the replica that watches over the session all is told at once.
  const unfollow = sessions.follow(last.id, (event) => {
    if (event.kind === "state") tellState({ ...last, state: event.state, reason: event.reason });
    else tell(stream, event);
  });
  const stream: EventStream = openEventStream(facts, services, {
    hasHeartbeat: true,
    onEnded: () => {
      unwatch();
      unfollow();
    },
  });
  tellState(last);
  await stream.ended;
};

const order = ["opening", "open", "ending", "ended"] satisfies VoiceSession["state"][];

const tell = (stream: EventStream, event: Exclude<Told, { kind: "state" }>): void => {
  const { kind, ...data } = writtenTold(event);
  stream.send(kind, data);
};

const writtenTold = (event: Exclude<Told, { kind: "state" }>) => {
  switch (event.kind) {
    case "ends-soon":
      return { kind: event.kind, ends_at: new Date(event.endsAt).toISOString() };
    case "caption":
      return { kind: event.kind, by: event.by, text: event.text, whole: event.isWhole };
    case "tool":
      return { kind: event.kind, name: event.name, state: event.state };
  }
};

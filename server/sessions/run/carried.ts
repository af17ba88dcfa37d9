// Begins a session that the service carries between two WebSockets.
import { Failure } from "../../failures/failure.ts";
import type { UpstreamCalls } from "../../upstream/calls.ts";
import { firstUpdate } from "../dialects/realtime-dialect.ts";
import type { CarriedSession, CarryRequest } from "../sessions.ts";
import { type Booked, bookSession, unbook } from "../start/booking.ts";
import { type StartPorts, watchStarted } from "../start/start.ts";
import { identityOf } from "../store/kept-caller.ts";
import { CarriedLink, SessionNotTaken } from "./carried-link.ts";

export interface CarryPorts extends StartPorts {
  calls: Pick<UpstreamCalls, "createCall" | "openCarried">;
  randomId(): string;
}

/** As the session's end is told, by the end that closed first. */
const reasons = { openai: "closed-by-openai", page: "hung-up", service: "sideband-lost" } as const;

/** Throws as `Sessions.carry`. */
export const carrySession = async (request: CarryRequest, ports: CarryPorts): Promise<CarriedSession> => {
  if (request.grant.supervision === "sealed") {
    throw new Failure(
      "offer-invalid",
      "A sealed profile takes WebRTC only: over a WebSocket a page sees every event.",
    );
  }
  const booked = await bookSession(request, "websocket", ports);
  const link = new CarriedLink(ports.timers);
  try {
    const upstreamKey = await open(link, booked, request, ports);
    const opened = { ...booked, session: { ...booked.session, upstreamKey } };
    const { session, run } = await watchStarted(opened, request, ports, link.calls);
    try {
      link.accept(request.accept, (by) => void run.end(reasons[by]));
    } catch (error) {
      void run.end("not-started");
      throw error;
    }
    return { session, ended: link.ended };
  } catch (error) {
    link.close();
    throw error;
  }
};

const open = async (
  link: CarriedLink,
  booked: Booked,
  { caller, grant, signal }: CarryRequest,
  ports: CarryPorts,
): Promise<string> => {
  const identity = identityOf(caller, ports.hashIdentity);
  const asked = { callerId: caller.id, model: grant.model, safetyIdentifier: identity };
  const given = firstUpdate(booked.session.session, ports.randomId());
  try {
    const openEnd = (receiver: Parameters<UpstreamCalls["openCarried"]>[1]) =>
      ports.calls.openCarried(asked, receiver, signal);
    return await link.open(openEnd, [given], signal);
  } catch (error) {
    unbook(booked, "not-started", ports);
    throw error instanceof SessionNotTaken
      ? new Failure("upstream-refused", undefined, { cause: error })
      : error;
  }
};

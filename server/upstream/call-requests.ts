// Creating and ending calls over HTTP: what OpenAI is sent, and what its answers say. Pure.
import { isJsonRecord } from "../json/record.ts";
import type { CallReference, CallRequest } from "./calls.ts";
import type { HttpResponse } from "./http-client.ts";
import type { Fields } from "./relay.ts";

interface CreateRequest {
  /** Beneath the base URL. */
  path: string;
  /** Name, value, name, value, … */
  headers: string[];
  body: string;
}

export const createPaths = { realtime: "/realtime/calls", live: "/live/sessions" } as const;

export const createRequest = async (request: CallRequest): Promise<CreateRequest> =>
  request.interface === "realtime" ? realtimeRequest(request) : liveRequest(request);

const realtimeRequest = async ({ offer, session, safetyIdentifier }: CallRequest): Promise<CreateRequest> => {
  const form = new FormData();
  form.set("sdp", offer);
  form.set("session", JSON.stringify(session));
  const encoded = new Response(form);
  const contentType = encoded.headers.get("content-type") ?? "";
  return {
    path: createPaths.realtime,
    headers: ["content-type", contentType, "openai-safety-identifier", safetyIdentifier],
    body: await encoded.text(),
  };
};

const liveRequest = ({ offer, session, safetyIdentifier }: CallRequest): CreateRequest => ({
  path: createPaths.live,
  headers: ["content-type", "application/json", "accept", "application/json"],
  body: JSON.stringify({
    session: { safety_identifier: safetyIdentifier, ...session },
    transport: { type: "webrtc", sdp: offer },
  }),
});

/** A created call; where its answer is missing, the call can only be ended. */
export interface ReadCall {
  id: string;
  answer: string | undefined;
}

/** Undefined where a success does not say which call it is of. */
export const readCreated = (
  of: CallRequest["interface"],
  { headers, text }: Pick<HttpResponse, "headers" | "text">,
): ReadCall | undefined => {
  if (of === "live") return readLive(text);
  const id = realtimeIdIn(headers);
  return id === undefined ? undefined : { id, answer: text.startsWith("v=") ? text : undefined };
};

/** The id of a call in the header of its answer, which comes before the SDP. */
export const realtimeIdIn = ({ location }: Fields): string | undefined => {
  if (typeof location !== "string" || !URL.canParse(location, "http://here")) return undefined;
  const { pathname } = new URL(location, "http://here");
  return /\/v1\/realtime\/calls\/(rtc_[A-Za-z0-9_-]{1,200})$/.exec(pathname)?.[1];
};

const readLive = (text: string): ReadCall | undefined => {
  const body = parse(text);
  const { session, transport } = isJsonRecord(body) ? body : {};
  const id = isJsonRecord(session) ? session.id : undefined;
  // Documented as opaque; it becomes a part of paths.
  if (typeof id !== "string" || !/^[A-Za-z0-9_-]{1,200}$/.test(id)) return undefined;
  const sdp = isJsonRecord(transport) ? transport.sdp : undefined;
  return { id, answer: typeof sdp === "string" && sdp !== "" ? sdp : undefined };
};

/** Whether an error is OpenAI's own, so that nothing was created. A proxy in front of it may answer in its place while it works. */
export const isOpenAiError = (text: string): boolean => {
  const body = parse(text);
  return isJsonRecord(body) && isJsonRecord(body.error);
};

export const hangUpPath = (call: CallReference): string =>
  `${createPaths[call.interface]}/${encodeURIComponent(call.id)}/hangup`;

/** Whether a call is over, by the answer to a hang-up. */
export const isOver = ({ status, text }: Pick<HttpResponse, "status" | "text">): boolean => {
  if (status < 300) return true;
  if (status !== 404 && status !== 400) return false;
  const body = parse(text);
  const { code, message } = isJsonRecord(body) && isJsonRecord(body.error) ? body.error : {};
  if (code === "call_id_not_found") return true;
  // A server that does not know the path says nothing about the call.
  return status === 404 && !(typeof message === "string" && message.startsWith("Invalid URL"));
};

/** Where a sideband joins a call, on the key's own address. */
export const joinUrl = (baseUrl: string, { interface: of, id }: CallReference): string => {
  const base = baseUrl.replace(/^http/, "ws");
  const name = encodeURIComponent(id);
  return of === "live" ? `${base}/live/sessions/${name}/attach` : `${base}/realtime?call_id=${name}`;
};

/** Where a session over a WebSocket begins. */
export const carriedUrl = (baseUrl: string, model: string | undefined): string => {
  const query = model === undefined ? "" : `?model=${encodeURIComponent(model)}`;
  return `${baseUrl.replace(/^http/, "ws")}/realtime${query}`;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

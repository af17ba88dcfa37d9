// Node's response, with the fields that every answer carries, whatever it is.
import {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
} from "node:http";
import { securityHeaders } from "./security-headers.ts";

/** Made by Node's server for each request. */
export class Outgoing extends ServerResponse<IncomingMessage> {
  /** By name in small letters. They go out with the answer's own, which may say otherwise; set one by one they cost more. */
  readonly fields: Record<string, string> = { ...securityHeaders };

  // Of Node's two forms of headers, nobody here gives the array.
  override writeHead(
    status: number,
    ...more: (string | OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined)[]
  ): this {
    const own = more.find((each): each is OutgoingHttpHeaders => typeof each === "object");
    return super.writeHead(status, { ...this.fields, ...own });
  }
}

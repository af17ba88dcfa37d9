// Sends one HTTP request over a connection of its own, and tells what came back and when.
import { type ClientRequest, type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import type { Readable } from "node:stream";
import { TLSSocket } from "node:tls";
import { constants, createGunzip } from "node:zlib";
import type { Clock } from "../clock.ts";
import type { HttpAnswer, HttpProbe } from "./http-probe.ts";

const MAX_CHARACTERS = 65_536;

/** Rejects with the connection's error. Follows no redirect. */
export const httpProbe =
  (clock: Pick<Clock, "monotonic">): HttpProbe =>
  ({ method = "GET", url, headers = {}, trustsAll = false, signal }) =>
    new Promise((resolve, reject) => {
      const options = { method, headers, signal, agent: false as const };
      const target = new URL(url);
      const sent: ClientRequest =
        target.protocol === "https:"
          ? tlsRequest(target, { ...options, rejectUnauthorized: !trustsAll })
          : plainRequest(target, options);
      let certificateEndsAt: number | undefined;
      sent.once("socket", (socket) => {
        if (!(socket instanceof TLSSocket)) return;
        socket.once("secureConnect", () => {
          certificateEndsAt = Date.parse(socket.getPeerCertificate().valid_to);
        });
      });
      const answered = (answer: Omit<HttpAnswer, "certificateEndsAt">) => {
        resolve({ ...answer, certificateEndsAt });
        // A body that was announced is not sent.
        sent.destroy();
      };
      sent.once("error", reject);
      if (headers.expect !== undefined) {
        sent.once("continue", () => answered({ status: 100, headers: {}, chunks: [] }));
        sent.flushHeaders();
      } else sent.end();
      sent.once("response", (response) => {
        const chunks: { text: string; atMs: number }[] = [];
        let length = 0;
        const finish = () =>
          answered({ status: response.statusCode ?? 0, headers: response.headers, chunks });
        const body = decoded(response);
        body.setEncoding("utf8");
        body.on("data", (text: string) => {
          length += text.length;
          if (length <= MAX_CHARACTERS) chunks.push({ text, atMs: clock.monotonic() });
          else finish();
        });
        for (const stream of [response, body]) stream.once("error", reject);
        body.once("end", finish);
        // A refusal of an announced body is known by its head.
        if (headers.expect !== undefined) finish();
      });
    });

/** A text is decoded as far as it has arrived. */
const decoded = (response: IncomingMessage): Readable =>
  response.headers["content-encoding"] === "gzip"
    ? response.pipe(createGunzip({ flush: constants.Z_SYNC_FLUSH }))
    : response;

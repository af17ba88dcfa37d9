// Refusals of what never becomes a request.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { RequestError } from "@hono/node-server";
import { expect, it } from "vitest";
import { rawRefusals } from "../../../../server/http/server/raw-refusals.ts";
import { sendRaw } from "../../../support/raw-request.ts";

const refusals = rawRefusals(() => "r1", "");

/** What a peer receives whose connection is refused so. */
const refused = async (code: string | undefined, headersSent?: boolean): Promise<string> => {
  const server = createServer((socket: Socket) => {
    const error = Object.assign(new Error("refused"), code !== undefined && { code });
    socket.once("data", () =>
      refusals.onSocket(error, socket, headersSent === undefined ? undefined : { headersSent }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await sendRaw(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "bytes");
  } finally {
    server.close();
  }
};

it.each([
  ["HPE_HEADER_OVERFLOW", 431, "headers-too-large"],
  ["ERR_HTTP_REQUEST_TIMEOUT", 408, "request-too-slow"],
  ["HPE_INVALID_METHOD", 400, "request-malformed"],
  [undefined, 400, "request-malformed"],
])("%s is answered with %i %s, and the connection ends", async (code, status, problem) => {
  const [head = "", body = ""] = (await refused(code)).split("\r\n\r\n");
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  for (const field of [
    "connection: close",
    "x-content-type-options: nosniff",
    `content-length: ${body.length}`,
  ]) {
    expect(head).toContain(field);
  }
  expect(JSON.parse(body)).toMatchObject({ type: `/problems/${problem}`, status, instance: "r1" });
});

it("behind an answer that has begun, nothing is sent", async () => {
  expect(await refused("HPE_INVALID_METHOD", true)).toBe("");
  expect(await refused("HPE_INVALID_METHOD", false)).toMatch(/^HTTP\/1\.1 400 /);
});

it("an address that cannot be parsed is the caller's fault, every other error ours and kept inside", async () => {
  expect(refusals.onRequest(new RequestError("Missing host header")).status).toBe(400);
  const answer = refusals.onRequest(new Error("secret"));
  expect([answer.status, answer.headers.get("content-type")]).toEqual([500, "application/problem+json"]);
  expect(await answer.text()).not.toContain("secret");
});

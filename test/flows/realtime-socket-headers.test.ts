// What goes to OpenAI and what comes back when a WebSocket is opened through the service: by lists, and nothing else.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { createTestBroker } from "../support/broker.ts";
import { ALICE } from "../support/relay-client.ts";

const yaml = `callers: { tokens: [{ name: alice, token: ${ALICE} }] }`;
const authorization = `Bearer ${ALICE}`;
const minted = { value: "ek_0123456789abcdef", expires_at: 2_000_000_000, session: { type: "realtime" } };

/** A service over an OpenAI that mints, opens WebSockets with these fields, and notes what it was asked. */
const start = async (fields: readonly string[] = []) => {
  const asked: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
  const note = ({ url, headers }: IncomingMessage) => asked.push({ url, headers });
  const openai = createServer((request, answer) => {
    note(request);
    request.resume();
    request.once("end", () =>
      answer.setHeader("content-type", "application/json").end(JSON.stringify(minted)),
    );
  });
  openai.on("upgrade", (request: IncomingMessage, connection: Socket) => {
    note(request);
    const accept = createHash("sha1")
      .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    const protocol = request.headers["sec-websocket-protocol"]?.split(",")[0];
    const lines = [
      ...["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: upgrade"],
      `Sec-WebSocket-Accept: ${accept}`,
      ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
      ...fields,
    ];
    connection.on("error", () => connection.destroy());
    connection.write(`${lines.join("\r\n")}\r\n\r\n`);
  });
  await new Promise<void>((resolve) => openai.listen(0, "127.0.0.1", resolve));
  const { port } = openai.address() as AddressInfo;
  const broker = await createTestBroker({ openai: `http://127.0.0.1:${port}/v1`, yaml });
  return {
    asked,
    /** Opens a WebSocket, and answers the fields that came with it. */
    open: async (headers: Record<string, string>, protocols: string[] = []) => {
      const socket = new WebSocket(`${broker.url.replace("http", "ws")}/v1/realtime`, protocols, { headers });
      const [answer] = (await once(socket, "upgrade")) as [IncomingMessage];
      socket.terminate();
      return answer.headers;
    },
    [Symbol.asyncDispose]: async () => {
      await broker.stop(0);
      openai.close();
    },
  };
};

it.each([
  ["as browsers send it", `openai-insecure-api-key.${ALICE}`, {}],
  ["in large letters, beside the right place", `OpenAI-Insecure-API-Key.${ALICE}`, { authorization }],
  ["under no name", ALICE, { authorization }],
  [
    "in headers of other names",
    `openai-insecure-api-key.${ALICE}`,
    {
      cookie: `token=${ALICE}`,
      "api-key": ALICE,
      "x-api-key": ALICE,
      "openai-organization": ALICE,
      "proxy-authorization": authorization,
      "sec-websocket-token": ALICE,
    },
  ],
])("a caller's token does not go to OpenAI: %s", async (_, protocol, headers) => {
  await using flow = await start();
  const answered = await flow.open(headers, ["realtime", protocol]);
  expect(answered["sec-websocket-protocol"]).toBe("realtime");
  const paths = flow.asked.map(({ url }) => url?.split("?")[0]);
  expect(paths).toEqual(["/v1/realtime/client_secrets", "/v1/realtime"]);
  expect(flow.asked[1]?.headers).toMatchObject({
    authorization: `Bearer ${minted.value}`,
    "sec-websocket-protocol": "realtime",
  });
  expect(JSON.stringify(flow.asked)).not.toContain(ALICE);
});

it("OpenAI's names for our account do not come back, nor its cookies", async () => {
  await using flow = await start([
    ...["OpenAI-Organization: org-of-ours", "OpenAI-Project: proj_of_ours", "Set-Cookie: a=b", "Via: 1.1 x"],
    ...["OpenAI-Version: 2020-10-01", "X-Request-Id: req_1"],
  ]);
  const answered = await flow.open({ authorization });
  expect(answered).toMatchObject({ "openai-version": "2020-10-01", "x-request-id": "req_1" });
  expect(JSON.stringify(answered)).not.toMatch(/of.ours|a=b|via/);
});

// Whether work goes on when its caller has disconnected.
import { once } from "node:events";
import { expect, it } from "vitest";
import { callerSignal } from "../../../../server/http/request/caller-signal.ts";
import { openRaw } from "../../../support/raw-connection.ts";
import { sendRaw } from "../../../support/raw-request.ts";
import { serveNode } from "../../../support/server.ts";

const request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

it("aborts when the caller disconnects before the answer", async () => {
  const aborted = Promise.withResolvers<void>();
  await using server = await serveNode((_, outgoing) => {
    callerSignal(outgoing).addEventListener("abort", () => aborted.resolve());
    caller.reset();
  });
  const caller = await openRaw(server.url);
  caller.write(request);
  await aborted.promise;
});

it("does not abort when the answer was sent", async () => {
  const closed = Promise.withResolvers<AbortSignal>();
  await using server = await serveNode((_, outgoing) => {
    const signal = callerSignal(outgoing);
    outgoing.on("close", () => closed.resolve(signal));
    outgoing.end("done");
  });
  expect(await sendRaw(server.url, request)).toContain("done");
  expect((await closed.promise).aborted).toBe(false);
});

it("is aborted at once where the response has closed already", async () => {
  const late = Promise.withResolvers<AbortSignal>();
  await using server = await serveNode(async (_, outgoing) => {
    outgoing.destroy();
    await once(outgoing, "close");
    late.resolve(callerSignal(outgoing));
  });
  const caller = await openRaw(server.url);
  caller.write(request);
  expect((await late.promise).aborted).toBe(true);
});

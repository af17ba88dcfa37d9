// What doctor finds at a port, over real sockets.
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { isListening, tryToListen } from "../../../server/doctor/port.net.ts";

it("sees what listens at an IPv6 address, as an URL writes it", async () => {
  const server = createServer((socket) => socket.destroy());
  server.listen(0, "::1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  expect(await isListening("[::1]", port)).toBe(true);
  expect(await tryToListen("::1", port)).toBe("EADDRINUSE");
  server.close();
});

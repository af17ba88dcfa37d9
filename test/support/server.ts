// A plain HTTP server on a free port, for the other end of a test.
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { BrokerResponse } from "../../server/http/server/broker-response.node.ts";

export interface TestServer extends AsyncDisposable {
  url: string;
}

/** Listens on 127.0.0.1, on a free port unless one is given. Use with `await using`. */
export const serve = (listener: RequestListener, port = 0): Promise<TestServer> =>
  listenOn(createServer(listener), port);

const listenOn = async (server: Server, port = 0): Promise<TestServer> => {
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

/** The same with the responses that the service's own server makes; the listener hears of `Expect: 100-continue` too. */
export const serveNode = async (
  listener: (incoming: IncomingMessage, outgoing: BrokerResponse) => unknown,
): Promise<TestServer> => {
  const server: Server = createServer({ ServerResponse: BrokerResponse }, listener);
  server.on("checkContinue", listener);
  return listenOn(server);
};

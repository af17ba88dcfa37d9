// A connection of the test's own to a service, for what no HTTP client would do with one.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface RawConnection {
  /** What came back so far. */
  readonly received: string;
  write(text: string): void;
  /** Sends FIN, and goes on reading. */
  halfClose(): void;
  /** Sends RST. */
  reset(): void;
  /** Resolves when the service has closed it altogether, with the milliseconds since it was opened. */
  closed: Promise<number>;
}

/** Opens it, and keeps its half open when the service ends the other. */
export const openRaw = async (url: string): Promise<RawConnection> => {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  // To be reset is one of the ways in which it may end.
  socket.on("error", () => {});
  await once(socket, "connect");
  const opened = performance.now();
  let received = "";
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
  });
  writeAfterEnd(socket);
  return {
    get received() {
      return received;
    },
    write: (text) => socket.write(Buffer.from(text, "latin1")),
    halfClose: () => socket.end(),
    reset: () => socket.resetAndDestroy(),
    closed: new Promise((resolve) => socket.once("close", () => resolve(performance.now() - opened))),
  };
};

/** Goes on writing when the other end has ended its half. An end that has closed both answers with a reset. */
export const writeAfterEnd = (socket: Socket): void => {
  socket.once("end", () => {
    const writing = setInterval(() => socket.writable && socket.write("x"), 50);
    socket.once("close", () => clearInterval(writing));
  });
};

// Tries to listen at an address, or to connect to it, for a moment.
import { connect, createServer } from "node:net";

/** The code of the system's error; undefined where it can be had. */
export const tryToListen = (host: string, port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    // A client that comes in this moment would wait for an answer, and keep the port taken.
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    // Exclusively: a process that shares its port with others would hide what listens there.
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });

const CONNECT_MS = 1000;

/** Whether something takes connections there. An IPv6 address may have its brackets. */
export const isListening = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ""), port, timeout: CONNECT_MS });
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", end(true)).once("timeout", end(false)).once("error", end(false));
  });

// Tries to listen at an address, for a moment.
import { createServer } from "node:net";

/** The code of the system's error; undefined where it can be had. */
export const tryToListen = (host: string, port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    // Exclusively: a process that shares its port with others would hide what listens there.
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });

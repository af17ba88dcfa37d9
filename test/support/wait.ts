// Waiting for what the world does: a port, an answer, a state.

import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Asks again and again until it is so; fails with the words of `what` after `seconds`. */
export const until = async (
  what: string,
  isSo: () => boolean | Promise<boolean>,
  seconds = 30,
): Promise<void> => {
  const end = performance.now() + seconds * 1000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`in ${seconds} s it did not come to be that ${what}`);
    await pause(10);
  }
};

/** A port of 127.0.0.1 that nobody listens on at the moment. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

// A request written to the socket as it is, for what no HTTP client would send.
import { connect } from "node:net";

/** Sends the text and reads until the service closes the connection; ask with `Connection: close`. */
export const sendRaw = (url: string, request: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(Buffer.from(request)));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.once("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
    // A service that refuses while we still write may reset the connection; what it said has arrived by then.
    socket.once("error", (error) => chunks.length === 0 && reject(error));
  });

// An HTTP proxy that opens tunnels (CONNECT), as companies have one on the way out.
import { createServer as createPlainServer, type IncomingMessage } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { IssuedCertificate } from "./certificates.ts";

export interface ConnectProxy extends AsyncDisposable {
  port: number;
  /** What tunnels were asked for, such as `openai.test:443`. */
  tunnels: string[];
}

export interface ProxyOptions {
  /** Where `name:port` really is, on this machine. What is not here is refused with 403. */
  hosts: Readonly<Record<string, number>>;
  /** `user:password` that it wants. */
  credentials?: string;
  /** With which it speaks TLS itself. */
  certificate?: IssuedCertificate;
  /** Whether it says nothing to any CONNECT. */
  isMute?: boolean;
}

export const startConnectProxy = async (options: ProxyOptions): Promise<ConnectProxy> => {
  const { hosts, credentials, certificate, isMute = false } = options;
  const tunnels: string[] = [];
  const open = new Set<Socket>();
  const server = certificate
    ? createTlsServer({ cert: certificate.certificate, key: certificate.key })
    : createPlainServer();
  const wanted = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`;
  const statusOf = ({ headers, url = "" }: IncomingMessage): string => {
    if (wanted && headers["proxy-authorization"] !== wanted) return "407 Proxy Authentication Required";
    return hosts[url] === undefined ? "403 Forbidden" : "200 Connection Established";
  };
  server.on("connect", (incoming: IncomingMessage, socket: Socket) => {
    const { url = "" } = incoming;
    tunnels.push(url);
    open.add(socket);
    socket.on("error", () => socket.destroy());
    if (isMute) return;
    const status = statusOf(incoming);
    socket.write(`HTTP/1.1 ${status}\r\n\r\n`);
    if (!status.startsWith("200")) {
      socket.end();
      return;
    }
    const target = connect(hosts[url] ?? 0, "127.0.0.1");
    const end = () => {
      open.delete(socket);
      socket.destroy();
      target.destroy();
    };
    for (const each of [socket, target]) each.on("error", end).on("close", end);
    socket.pipe(target).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    tunnels,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
};

// TLS in front of a plain server of a test, as a company's own or OpenAI's has it.
import { type AddressInfo, connect } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { IssuedCertificate, TestAuthority } from "./certificates.ts";

export interface TlsFront extends AsyncDisposable {
  port: number;
  /** The names of the client certificates that connections presented, "" for none. */
  clients: string[];
}

/** `authority` is whose client certificates it asks for; without it, it asks for none. */
export const startTlsFront = async (
  url: string,
  { certificate: cert, key }: IssuedCertificate,
  authority?: TestAuthority,
): Promise<TlsFront> => {
  const clients: string[] = [];
  const open = new Set<TLSSocket>();
  const asking = authority ? { requestCert: true, rejectUnauthorized: true, ca: authority.certificate } : {};
  const server = createServer(
    { cert, key, ...asking, ALPNProtocols: ["http/1.1", "postgresql"] },
    (socket) => {
      clients.push(String(socket.getPeerCertificate().subject?.CN ?? ""));
      const target = connect(Number(new URL(url).port), "127.0.0.1");
      open.add(socket);
      const end = () => {
        open.delete(socket);
        socket.destroy();
        target.destroy();
      };
      for (const each of [socket, target]) each.on("error", end).on("close", end);
      socket.pipe(target).pipe(socket);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    clients,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
};

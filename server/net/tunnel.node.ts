// Opens a tunnel through an HTTP proxy (CONNECT, RFC 9110, 9.3.6).
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type Socket } from "node:net";
import type { Secret } from "../secret.ts";

/** `authority` is `host:port`. Rejects with an error that names the proxy, without its password, and what it answered. */
export const openTunnel = (proxy: Secret, authority: string, timeoutMs: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const url = new URL(proxy.reveal());
    const isTls = url.protocol === "https:";
    const fail = (reason: string, cause?: Error) =>
      reject(new Error(`the proxy ${url.host} opens no tunnel to ${authority}: ${reason}`, { cause }));
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const options = {
      method: "CONNECT",
      path: authority,
      host,
      // Node would take the target's, from the header below.
      servername: isIP(host) === 0 ? host : "",
      port: url.port || (isTls ? 443 : 80),
      headers: { host: authority, ...credentialsIn(url) },
      // A tunnel is not for the next request.
      agent: false,
    };
    const connecting = isTls ? requestHttps(options) : requestHttp(options);
    const timer = setTimeout(() => connecting.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
    connecting.once("connect", ({ statusCode }: IncomingMessage, socket: Socket, head: Buffer) => {
      clearTimeout(timer);
      // Through a tunnel nothing comes before it is asked for: this is a page. undici would open the next tunnel at once, without end.
      if (statusCode === 200 && head.length > 0) {
        socket.destroy();
        fail("it answered with a page, as a web server does");
        return;
      }
      if (statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      fail(
        `it answered ${statusCode}${statusCode === 407 ? ", so user and password are missing or wrong" : ""}`,
      );
    });
    // A proxy that takes no CONNECT may answer it as any other request.
    connecting.once("response", ({ statusCode }) => {
      connecting.destroy();
      fail(`it answered ${statusCode}`);
    });
    connecting.once("error", (error) => {
      clearTimeout(timer);
      fail(error.message, error);
    });
    connecting.end();
  });

const credentialsIn = ({ username, password }: URL): Record<string, string> => {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
};

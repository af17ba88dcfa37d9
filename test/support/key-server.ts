// An identity provider's key set on a real local server, which tests may break.
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT } from "jose";

export interface KeyServer extends AsyncDisposable {
  url: string;
  /** The paths that were asked for so far. */
  asked: string[];
  /** What it answers instead of its keys, until `undefined` is set again. */
  instead: { status: number; body: string } | undefined;
  /** Publishes a new key of this name beside the others. */
  addKey(kid: string): void;
  withdrawKeys(): void;
  /** A token of this server for the audience `voice`, signed with that key. */
  sign(kid: string, claims?: Record<string, unknown>): Promise<string>;
}

/** Starts one on a free port, with a key called `one`. Use with `await using`. */
export const startKeyServer = async (now = Date.now): Promise<KeyServer> => {
  const privateKeys = new Map<string, KeyObject>();
  let published: object[] = [];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    if (keyServer.instead) response.writeHead(keyServer.instead.status).end(keyServer.instead.body);
    else if (path === "/.well-known/openid-configuration")
      response.end(JSON.stringify({ issuer: keyServer.url, jwks_uri: `${keyServer.url}/keys` }));
    else response.end(JSON.stringify({ keys: published }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const keyServer: KeyServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    instead: undefined,
    addKey: (kid) => {
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      privateKeys.set(kid, privateKey);
      published = [...published, { ...publicKey.export({ format: "jwk" }), kid, alg: "ES256" }];
    },
    withdrawKeys: () => {
      published = [];
    },
    sign: (kid, claims = {}) => {
      const key = privateKeys.get(kid);
      if (!key) throw new Error(`there is no key ${kid}`);
      const seconds = Math.floor(now() / 1000);
      const standard = { iss: keyServer.url, aud: "voice", sub: "jane", iat: seconds, exp: seconds + 600 };
      return new SignJWT({ ...standard, ...claims }).setProtectedHeader({ alg: "ES256", kid }).sign(key);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  keyServer.addKey("one");
  return keyServer;
};

// The application's own session, here a cookie: who sent a request.
import type { IncomingMessage } from "node:http";
import type { HostCaller } from "realtime-key-broker";

const sessions = new Map([["s3ss10n-of-ada", { name: "ada@example.com", roles: ["support"] }]]);

export const authenticate = ({ headers }: IncomingMessage | Request): HostCaller | undefined => {
  const cookie = headers instanceof Headers ? headers.get("cookie") : headers.cookie;
  const [, id = ""] = /(?:^|; )session=([\w-]+)/.exec(cookie ?? "") ?? [];
  return sessions.get(id);
};

// JWT callers by Hono's own middleware. The identity provider's keys are fetched once, not for each request.
import { createMiddleware } from "hono/factory";
import { jwk } from "hono/jwk";
import { LRUCache } from "lru-cache";

interface Claims {
  sub: string;
  exp: number;
}

/** Answers 401 to others. With `remember`, what was verified is not verified again until it expires. */
export const authenticate = ({ remember }: { remember: boolean }) => {
  const keys = fetch(process.env.JWKS_URL ?? "")
    .then((answer) => answer.json())
    .then((set) => set.keys);
  const verify = jwk({ keys: () => keys, alg: ["RS256"], verification: { iss: "bench", aud: "voice" } });
  if (!remember) return verify;
  const known = new LRUCache<string, Claims>({ max: 10_000 });
  return createMiddleware<{ Variables: { jwtPayload: Claims } }>(async (c, next) => {
    const authorization = c.req.header("authorization") ?? "";
    const claims = known.get(authorization);
    if (claims && claims.exp * 1000 > Date.now()) {
      c.set("jwtPayload", claims);
      return next();
    }
    return verify(c, () => {
      known.set(authorization, c.get("jwtPayload"));
      return next();
    });
  });
};

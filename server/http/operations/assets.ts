// GET / and /assets/*: the voice page. GET /client.js: the module that pages of others import; /challenge.js is its part.
import { Failure } from "../../failures/failure.ts";
import { type Asset, type Assets, negotiate } from "../assets/assets.ts";
import { type BrokerContext, type Handler, header } from "../context.ts";

export interface AssetServices {
  assets: Assets;
  /** Where the page's browser takes its keys, for the page's Content-Security-Policy. */
  connectOrigins: ReadonlySet<string>;
}

const FOREVER = "public, max-age=31536000, immutable";

/** The page and its hashed files. */
export const page = ({ assets, connectOrigins }: AssetServices): Handler => {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "media-src 'self' blob:",
    `connect-src ${["'self'", ...connectOrigins].join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  const headers = {
    "content-security-policy": policy,
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
  };
  return (c) => {
    const asset = assets.get(c.req.path);
    if (!asset) throw new Failure("not-found");
    const isPage = c.req.path === "/";
    return send(c, asset, { "cache-control": isPage ? "no-cache" : FOREVER, ...(isPage && headers) });
  };
};

/** The client module, or its part. It is public, and any page may import it. */
export const clientModule =
  ({ assets }: Pick<AssetServices, "assets">): Handler =>
  (c) => {
    const asset = assets.get(c.req.path);
    if (!asset) throw new Failure("not-found", "The client module is not built; run `npm run build`.");
    const anyPage = { "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin" };
    return send(c, asset, { "cache-control": "public, max-age=300", ...anyPage });
  };

const send = (c: BrokerContext, asset: Asset, headers: Record<string, string>): Response => {
  const common = { etag: asset.etag, vary: "accept-encoding", ...headers };
  if (knows(header(c, "if-none-match"), asset.etag)) return c.body(null, 304, common);
  const { encoding, bytes } = negotiate(asset, header(c, "accept-encoding"));
  const encoded = encoding === "identity" ? {} : { "content-encoding": encoding };
  return c.body(new Uint8Array(bytes), 200, { "content-type": asset.contentType, ...common, ...encoded });
};

// A proxy that packs our answers makes the tag a weak one, and a cache may know several.
const knows = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch?.split(",").some((known) => known.trim().replace(/^W\//, "") === etag) ?? false;

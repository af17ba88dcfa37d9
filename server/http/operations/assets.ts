// GET / and /assets/*: the voice page. GET /client.js, /realtime.js and /live.js: modules that other pages import; /challenge.js is a part.
import { Failure } from "../../failures/failure.ts";
import { type AnswerKind, type Reply, replyOf } from "../answer.ts";
import { type Asset, type Assets, negotiate } from "../assets/assets.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork } from "../middleware/admission.ts";
import { operation } from "../operation.ts";

export interface AssetServices {
  assets: Assets;
  /** Where the page's browser takes its keys, for the page's Content-Security-Policy. */
  connectOrigins: ReadonlySet<string>;
}

/** For files whose names change with their content. */
export const FOREVER = "public, max-age=31536000, immutable";

/** One of the files that the build made. */
export const file = (types: string[], more: { mayRedirect?: boolean } = {}): AnswerKind<Reply> =>
  replyOf("The file.", Object.fromEntries(types.map((type) => [type, "text"] as const)), {
    mayBeNotModified: true,
    ...more,
  });

const pageHeaders = (connectOrigins: ReadonlySet<string>): Record<string, string> => ({
  "content-security-policy": [
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
  ].join("; "),
  "permissions-policy": "microphone=(self), camera=(), geolocation=()",
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
});

export const page = operation({
  routes: { "GET /": "page" },
  summary: "The voice page",
  answer: file(["text/html"], { mayRedirect: true }),
  failures: ["not-found"],
})
  .step(acceptWork)
  .handle((facts, { assets, connectOrigins }: AssetServices) => {
    const headers = { "cache-control": "no-cache", ...pageHeaders(connectOrigins) };
    const answer = serve(facts, assets, headers, "The voice page is switched off or not built.");
    return facts.outgoing.isBare ? withSlash(facts) : answer;
  });

// The page names its files relative to its own address.
const withSlash = ({ outgoing, query }: RequestFacts): Reply => {
  const location = `${outgoing.basePath}/${query === "" ? "" : `?${query}`}`;
  return { status: 308, headers: { location, "cache-control": "no-cache" }, body: undefined };
};

/** The page's files, whose names change with their content. */
export const pageFile = operation({
  routes: { "GET /assets/*": "pageFile" },
  summary: "The voice page's files",
  answer: file(["text/javascript", "text/css", "image/svg+xml"]),
  failures: ["not-found"],
})
  .step(acceptWork)
  .handle((facts, { assets }: AssetServices) => serve(facts, assets, { "cache-control": FOREVER }));

// Any page may import the client module.
const moduleHeaders = {
  "cache-control": "public, max-age=300",
  "access-control-allow-origin": "*",
  "cross-origin-resource-policy": "cross-origin",
};
const NOT_BUILT = "The client module is not built; run `npm run build`.";

export const clientModule = operation({
  routes: {
    "GET /client.js": "clientModule",
    "GET /realtime.js": "realtimeModule",
    "GET /live.js": "liveModule",
  },
  summary: "The client modules for web pages",
  answer: file(["text/javascript"]),
  failures: ["not-found"],
})
  .step(acceptWork)
  .handle((facts, { assets }: AssetServices) => serve(facts, assets, moduleHeaders, NOT_BUILT));

export const clientChallenge = operation({
  routes: { "GET /challenge.js": "clientChallenge" },
  summary: "What the client module loads to solve challenges",
  answer: file(["text/javascript"]),
  failures: ["not-found"],
})
  .step(acceptWork)
  .handle((facts, { assets }: AssetServices) => serve(facts, assets, moduleHeaders, NOT_BUILT));

/** Throws `not-found`, with the detail `missing`. */
export const serve = (
  facts: RequestFacts,
  assets: Assets,
  headers: Record<string, string>,
  missing?: string,
): Reply => {
  const asset = assets.get(facts.path);
  if (!asset) throw new Failure("not-found", missing);
  const common = { etag: asset.etag, vary: "accept-encoding", ...headers };
  if (isKnown(facts.header("if-none-match"), asset)) return { status: 304, headers: common, body: undefined };
  const { encoding, bytes } = negotiate(asset, facts.header("accept-encoding"));
  const encoded = encoding === "identity" ? undefined : { "content-encoding": encoding };
  return { headers: { "content-type": asset.contentType, ...common, ...encoded }, body: bytes };
};

// A proxy that compresses answers makes the tag a weak one, and a cache may know several.
const isKnown = (ifNoneMatch: string | undefined, { etag }: Asset): boolean =>
  ifNoneMatch?.split(",").some((known) => known.trim().replace(/^W\//, "") === etag) ?? false;

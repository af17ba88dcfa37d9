// Which form of a file a client gets, and what is said of files that were not built.
import { expect, it } from "vitest";
import { type Asset, findUnbuilt, negotiate } from "../../../../server/http/assets/assets.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const encodings = { identity: bytes("plain"), br: bytes("b"), gzip: bytes("gz") };
const asset = { contentType: "text/plain", etag: '"1"', encodings };

it.each<[string | undefined, string]>([
  [undefined, "identity"],
  ["", "identity"],
  ["gzip, deflate, br, zstd", "br"],
  ["gzip, deflate", "gzip"],
  ["br;q=0.5, gzip;q=1", "br"],
  ["BR", "br"],
  ["br;q=0, gzip", "gzip"],
  ["br; q=0.000,gzip;q=0", "identity"],
  ["brotli, xgzip", "identity"],
  ["identity", "identity"],
])("Accept-Encoding %j gets %s", (accept, encoding) => {
  expect(negotiate(asset, accept)).toEqual({
    encoding,
    bytes: encodings[encoding as keyof typeof encodings],
  });
});

it("a file that was not compressed goes out as it is", () => {
  expect(negotiate({ ...asset, encodings: { identity: bytes("plain") } }, "br, gzip").encoding).toBe(
    "identity",
  );
});

it("says what is not built, and how to go on", () => {
  const modules: [string, Asset] = ["/client.js", asset];
  expect(findUnbuilt(new Map([modules, ["/", asset]]), true)).toEqual([]);
  expect(findUnbuilt(new Map([modules]), false)).toEqual([]);
  expect(findUnbuilt(new Map([modules]), true)).toEqual([
    "the voice page: not built, so answered with 404; run `npm ci` and `npm run build`; without the page, set page: false",
  ]);
  expect(findUnbuilt(new Map(), false)).toEqual([
    "the client modules: not built, so answered with 404; run `npm ci` and `npm run build`",
  ]);
  expect(findUnbuilt(new Map(), true)[0]).toContain("the voice page and the client modules: not built");
});

// Which form of a file a client gets.
import { expect, it } from "vitest";
import { negotiate } from "../../../../server/http/assets/assets.ts";

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

// Static files in memory, in each content encoding: a request never reaches the file system.

export interface Asset {
  contentType: string;
  /** A hash of the content, quoted as in `ETag`. */
  etag: string;
  /** The bytes by content encoding; `identity` is not compressed. */
  encodings: { identity: Uint8Array; br?: Uint8Array; gzip?: Uint8Array };
}

/** By path, such as `/` or `/assets/index-4f2a.js`. */
export type Assets = ReadonlyMap<string, Asset>;

/** What the operator should know of an installation without what `npm run build` makes. */
export const findUnbuilt = (assets: Assets, withPage: boolean): string[] => {
  const missing = [
    ...(withPage && !assets.has("/") ? ["the voice page"] : []),
    ...(assets.has("/client.js") ? [] : ["the client modules"]),
  ];
  if (missing.length === 0) return [];
  const withoutPage = withPage ? "; without the page, set page: false" : "";
  return [
    `${missing.join(" and ")}: not built, so answered with 404; run \`npm ci\` and \`npm run build\`${withoutPage}`,
  ];
};

type Encoding = keyof Asset["encodings"];

/** The smallest encoding that the client accepts. */
export const negotiate = (
  asset: Asset,
  acceptEncoding: string | undefined,
): { encoding: Encoding; bytes: Uint8Array } => {
  const accepted = (acceptEncoding ?? "")
    .split(",")
    .filter((part) => !/;\s*q=0(?:\.0*)?\s*$/.test(part))
    .map((part) => part.split(";", 1)[0]?.trim().toLowerCase());
  for (const encoding of ["br", "gzip"] as const) {
    const bytes = asset.encodings[encoding];
    if (bytes && accepted.includes(encoding)) return { encoding, bytes };
  }
  return { encoding: "identity", bytes: asset.encodings.identity };
};

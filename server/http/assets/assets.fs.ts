// Loads the files that `npm run build` made: the voice page and the client module.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname } from "node:path";
import type { Asset, Assets } from "./assets.ts";

const contentTypes: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".json": "application/json",
};

/** What is built in a folder, with or without the pages: read when it is first asked for. */
export const assetsIn = (dist: URL): ((withPage: boolean) => Promise<Assets>) => {
  const loaded = new Map<boolean, Promise<Assets>>();
  return (withPage) => {
    const assets = loaded.get(withPage) ?? loadAssets(dist, withPage);
    loaded.set(withPage, assets);
    return assets;
  };
};

/** The client modules with the one that they load, and with `withPage` the voice page and the operator's. Empty where nothing has been built. */
export const loadAssets = async (dist: URL, withPage: boolean): Promise<Assets> => {
  const assets = new Map<string, Asset>();
  for (const file of ["client.js", "realtime.js", "live.js", "challenge.js"]) {
    const module = await loadAsset(new URL(`client/${file}`, dist));
    if (module) assets.set(`/${file}`, module);
  }
  if (!withPage) return assets;
  await addPage(assets, new URL("web-demo/", dist), "/");
  await addPage(assets, new URL("web-admin/", dist), "/admin");
  return assets;
};

const addPage = async (assets: Map<string, Asset>, folder: URL, address: string): Promise<void> => {
  for (const file of await list(folder)) {
    const asset = await loadAsset(new URL(file, folder));
    if (asset) assets.set(file === "index.html" ? address : `/${file}`, asset);
  }
};

const list = async (folder: URL): Promise<string[]> => {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  return files.map((file) => file.replaceAll("\\", "/")).filter((file) => extname(file) in contentTypes);
};

const loadAsset = async (file: URL): Promise<Asset | undefined> => {
  const [identity, br, gzip] = await Promise.all(
    ["", ".br", ".gz"].map((suffix) => read(file.href + suffix)),
  );
  if (!identity) return undefined;
  return {
    contentType: contentTypes[extname(file.pathname)] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(identity).digest("base64url").slice(0, 22)}"`,
    encodings: { identity, ...(br && { br }), ...(gzip && { gzip }) },
  };
};

const read = (href: string): Promise<Uint8Array | undefined> =>
  readFile(new URL(href)).catch(() => undefined);

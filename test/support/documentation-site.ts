// The documentation built as a site, and served from a port of its own.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { serve } from "./server.ts";

const docs = new URL("../../docs/", import.meta.url).pathname;
const run = promisify(execFile);

const types: Record<string, string> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
};

/** Builds it as `npm run docs` does. Its packages are installed where they are not yet. */
export const buildDocumentation = async () => {
  if (!existsSync(`${docs}node_modules/vitepress`)) await run("npm", ["ci", "--silent"], { cwd: docs });
  const folder = await mkdtemp(join(tmpdir(), "documentation-"));
  const main = `${docs}node_modules/vitepress/bin/vitepress.js`;
  await run(process.execPath, [main, "build", ".", "--outDir", folder], { cwd: docs });
  const missing: string[] = [];
  const server = await serve(async (request, answer) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    try {
      const body = await readFile(folder + path);
      answer.setHeader("content-type", types[extname(path)] ?? "application/octet-stream").end(body);
    } catch {
      missing.push(path);
      answer.writeHead(404).end();
    }
  });
  return {
    ...{ folder, missing, url: server.url },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
};

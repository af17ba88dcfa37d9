// `npm run dev`: the demo started anew when the service or the emulator changes, and the voice page from its sources,
// which the browser loads anew when they change.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "vite";

const root = new URL("../", import.meta.url).pathname;
const port = process.env.PORT ?? "8787";
// Folders, not the files that are imported: the service finds tools and migrations by listing folders.
const watched = ["server", "emulator", "broker.yaml"].filter((path) => existsSync(root + path));

const service = spawn(
  process.execPath,
  [
    ...watched.map((path) => `--watch-path=${path}`),
    "--watch-preserve-output",
    ...["--import", "./server/runtime.js", "server/main.ts", "--demo"],
  ],
  // No request in flight delays a restart.
  { cwd: root, stdio: "inherit", env: { ...process.env, PORT: port, HOST: "127.0.0.1", DRAIN_SECONDS: "0" } },
);

const page = await createServer({
  configFile: `${root}web-demo/vite.config.ts`,
  clearScreen: false,
  cacheDir: `${root}dist/.vite`,
  server: {
    host: "127.0.0.1",
    // Tools and routes have addresses of one segment without a dot; the page's sources do not.
    proxy: {
      "^/(?:[\\w-]+(?:$|\\?)|v1/|problems/|admin/|usage/)": { target: `http://127.0.0.1:${port}`, ws: true },
    },
  },
});
await page.listen();
process.stdout.write(`The page reloads itself at ${page.resolvedUrls?.local[0]}\n`);

const stop = (): void => {
  service.kill("SIGTERM");
};
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
service.once("exit", async (code) => {
  await page.close();
  process.exit(code ?? 0);
});

// An nginx that does nothing but relay, set up as well as we know how, where one is installed.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./ports.ts";
import { launch, type Program } from "./program.ts";

const configuration = (port: number, upstream: string): string => `
daemon off;
worker_processes 2;
pid nginx.pid;
error_log stderr;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 100000000;
  upstream openai {
    server ${new URL(upstream).host};
    keepalive 64;
    keepalive_requests 100000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://openai;
      proxy_http_version 1.1;
      proxy_set_header connection "";
      proxy_set_header authorization "Bearer sk-bench";
      proxy_buffering off;
    }
  }
}
`;

/** Undefined where there is no `nginx` on the path. */
export const startNginx = async (upstream: string): Promise<Program | undefined> => {
  const found = await promisify(execFile)("nginx", ["-v"]).then(
    () => true,
    () => false,
  );
  if (!found) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "bench-nginx-"));
  const port = await freePort();
  writeFileSync(join(folder, "nginx.conf"), configuration(port, upstream));
  const args = ["-p", folder, "-c", "nginx.conf", "-e", "stderr"];
  const nginx = await launch({ command: "nginx", args, port });
  return {
    ...nginx,
    stop: async () => {
      await nginx.stop();
      rmSync(folder, { recursive: true });
    },
  };
};

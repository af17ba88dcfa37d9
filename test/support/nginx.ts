// A real nginx from Debian's package, on a free port, with a location of the test's choice.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installed } from "./debian.ts";
import type { TestServer } from "./server.ts";
import { freePort, until } from "./wait.ts";

/**
 * Puts it in front of a service. `location` is a block of nginx' own, which calls the service `broker`; `probe` is an address that
 * answers 200.
 */
export const startNginx = async (
  location: string,
  service: string,
  probe = "/healthz",
): Promise<TestServer> => {
  const program = await installed("/usr/sbin/nginx", "nginx-light");
  const folder = mkdtempSync(join(tmpdir(), "broker-nginx-"));
  const port = await freePort();
  const bodies = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off;
pid ${folder}/pid;
error_log ${folder}/error.log;
events {}
http {
  access_log off;
  ${bodies.join("\n  ")}
  upstream broker { server ${new URL(service).host}; keepalive 8; }
  server { listen 127.0.0.1:${port}; ${location} }
}
`,
  );
  const child = spawn(program, ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  await until("nginx answers", () =>
    fetch(url + probe).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
};

// The proxies of deploy/ as processes of this machine: with a certificate of the test's, on free ports, and else as they stand there.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { installed } from "./debian.ts";
import type { Replica } from "./deployment.ts";
import { readSource } from "./source.ts";
import { freePort, until } from "./wait.ts";

export interface DeployedProxy extends AsyncDisposable {
  /** Its https address. */
  url: string;
  /** What its clients must trust. */
  certificate: string;
}

/** Replaces each text that is named, all of which must be there: the file is the operator's, but for these. */
const adapt = (path: string, texts: Readonly<Record<string, string>>): string =>
  Object.entries(texts).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
    return text.replaceAll(from, to);
  }, readSource(path));

/** The nginx of `deploy/nginx`, with another certificate and other ports. */
export const startDeployedNginx = async (
  replicas: readonly Pick<Replica, "url">[],
  texts: Record<string, string> = {},
): Promise<DeployedProxy> => {
  const program = await installed("/usr/sbin/nginx", "nginx-light");
  const [first = "", second = ""] = replicas.map(({ url }) => new URL(url).host);
  const { folder, port, plainPort } = await proxyFolder();
  const site = adapt("deploy/nginx/realtime-key-broker.conf", {
    "127.0.0.1:8787": first,
    "127.0.0.1:8788": second,
    "  listen [::]:80;\n": "",
    "  listen [::]:443 ssl http2;\n": "",
    "listen 80;": `listen 127.0.0.1:${plainPort};`,
    "listen 443 ": `listen 127.0.0.1:${port} `,
    "/etc/letsencrypt/live/voice.example.com/fullchain.pem": join(folder, "certificate.pem"),
    "/etc/letsencrypt/live/voice.example.com/privkey.pem": join(folder, "key.pem"),
    ...texts,
  });
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off;
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 8192; }
http {
${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n")}
${site}
}`,
  );
  return startProxy(program, ["-p", folder, "-c", join(folder, "nginx.conf")], folder, port);
};

/** The Caddy of `deploy/caddy`, with a certificate of the test's. */
export const startDeployedCaddy = async (
  replicas: readonly Pick<Replica, "url">[],
): Promise<DeployedProxy> => {
  const program = await installed("/usr/bin/caddy", "caddy");
  const { folder, port } = await proxyFolder();
  const site = adapt("deploy/caddy/Caddyfile", {
    "{$BROKER_SITE:voice.example.com} {": `https://localhost:${port} {\n\tbind 127.0.0.1\n\ttls ${folder}/certificate.pem ${folder}/key.pem`,
  });
  writeFileSync(join(folder, "Caddyfile"), `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`);
  const hosts = replicas.map(({ url }) => new URL(url).host);
  const env = { HOME: folder, BROKER_REPLICAS: hosts.join(" ") };
  const args = ["run", "--adapter", "caddyfile", "--config", join(folder, "Caddyfile")];
  return startProxy(program, args, folder, port, env);
};

const proxyFolder = async () => {
  const folder = mkdtempSync(join(tmpdir(), "broker-proxy-"));
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,DNS:voice.example.com"];
  const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "certificate.pem")];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", "-x509", ...key, ...subject, "-days", "2", ...files], { stdio: "ignore" });
  return { folder, port: await freePort(), plainPort: await freePort() };
};

const startProxy = async (
  program: string,
  args: readonly string[],
  folder: string,
  port: number,
  env: Record<string, string> = {},
): Promise<DeployedProxy> => {
  const child = spawn(program, args, { stdio: "ignore", env });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const url = `https://localhost:${port}`;
  const certificate = readFileSync(join(folder, "certificate.pem"), "utf8");
  const dispatcher = new Agent({ connect: { ca: certificate } });
  await until("the proxy answers", () =>
    request(`${url}/healthz`, { dispatcher }).then(
      ({ statusCode, body }) => body.dump().then(() => statusCode === 200),
      () => false,
    ),
  );
  await dispatcher.close();
  return {
    url,
    certificate,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
};

// The plain settings, continued: TLS, load, and the proxies that connections to other servers take. Those of proxies have the names that all
// programs read, in small letters too.
import { z } from "zod";
import { proxyUrlSchema } from "../net/proxies.ts";
import { flag, type SettingRow } from "./setting-types.ts";

const file = z.string().min(1);

/** With commas or spaces between. */
const hosts = z.union([z.string().transform((text) => text.split(/[\s,]+/)), z.array(z.string().min(1))]);

const publicUrl = z
  .url({ protocol: /^https?$/ })
  .refine(
    (text) => !/[?#@]/.test(text),
    "must be an address such as https://voice.example.com, or with a path",
  )
  .transform((text) => text.replace(/\/$/, ""));

export const networkSettings = {
  tls_certificate_file: {
    env: "TLS_CERTIFICATE_FILE",
    schema: file,
    default: undefined,
    reload: "restart",
    doc: "The certificate in PEM with which the service listens by https, its chain behind it. Read again when it changes.",
  },
  tls_key_file: {
    env: "TLS_KEY_FILE",
    schema: file,
    default: undefined,
    reload: "restart",
    doc: "The private key of that certificate in PEM, without a passphrase.",
  },
  tls_ca_file: {
    env: "TLS_CA_FILE",
    schema: file,
    default: undefined,
    reload: "restart",
    doc: "Certificates in PEM of authorities that are trusted beside the known ones, for OpenAI, tools, databases and Redis alike.",
  },
  https_proxy: {
    env: "HTTPS_PROXY",
    schema: proxyUrlSchema,
    default: undefined,
    reload: "restart",
    doc: "The HTTP proxy for connections to https addresses, such as http://proxy.example.com:3128. https_proxy is read too.",
  },
  http_proxy: {
    env: "HTTP_PROXY",
    schema: proxyUrlSchema,
    default: undefined,
    reload: "restart",
    doc: "The HTTP proxy for connections to http addresses. http_proxy is read too.",
  },
  no_proxy: {
    env: "NO_PROXY",
    schema: hosts,
    default: undefined,
    reload: "restart",
    doc: "Servers that are reached without it: names (and what is below them), addresses and networks, with commas between. This machine always is.",
  },
  public_url: {
    env: "PUBLIC_URL",
    schema: publicUrl,
    default: undefined,
    reload: "live",
    doc: "Where callers reach this service, such as https://voice.example.com: tickets of supervised sessions name it. Left out, the header Host of each request tells.",
  },
  load_shedding: {
    env: "LOAD_SHEDDING",
    schema: flag,
    default: true,
    reload: "restart",
    doc: "Whether new work is refused while the service has more than it can do, relayed requests before voice.",
  },
} as const satisfies Record<string, SettingRow>;

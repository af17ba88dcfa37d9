// Whether the configured address is that of OpenAI's API, and not of a page, an endpoint or another path.
import type { Check, Finding } from "./finding.ts";
import { nameOfPlace, placeOf } from "./network.ts";
import { type Answer, type DoctorKey, subjectOf } from "./openai.ts";

type Found = Pick<Finding, "cause" | "check" | "fix" | "title">;

/** `api.openai.com/v1`, as findings name an address. */
export const subjectOfUrl = (baseUrl: string): string =>
  `${nameOfPlace(placeOf(baseUrl))}${new URL(baseUrl).pathname.replace(/\/$/, "")}`;

/** `key` is one of those at that address. */
export const baseUrlCheck = (key: DoctorKey): Check => {
  const { baseUrl, baseUrlSetting: setting } = key;
  const subject = subjectOfUrl(baseUrl);
  const place = placeOf(baseUrl);
  return {
    ...{ id: "base-url", subject, title: "Address", group: "OpenAI" },
    needs: [
      ...["tls", "network", "proxy"].map((id) => `${id} ${nameOfPlace(place)}`),
      `identity ${subjectOf(key)}`,
    ],
    run: async (signal) => {
      const wrong = formFault(baseUrl, setting);
      if (wrong) return [{ ...wrong, level: "fault", subject }];
      const found = answerFault(await key.access.listModels(signal), baseUrl, setting);
      if (found) return [{ ...found, level: "fault", subject }];
      const plain = plainWarning(baseUrl, setting, subject);
      if (plain) return [plain];
      return [{ check: "base-url", level: "ok", subject, title: "answers as OpenAI's API does" }];
    },
  };
};

const formFault = (baseUrl: string, setting: string): Found | undefined => {
  const { origin, hostname, pathname, search, hash } = new URL(baseUrl);
  const path = pathname.replace(/\/$/, "");
  if (/\.azure\.com$/.test(hostname) && path !== "/openai/v1") {
    return {
      check: "base-url.azure",
      title: "is not the address of Azure OpenAI's API",
      cause: `Its path is ${path || "/"}; only /openai/v1 has Realtime keys and calls.`,
      fix: `Set ${setting} to https://${hostname}/openai/v1.`,
    };
  }
  const endpoint = /^(.*?)\/(?:realtime|chat|responses|models|audio|embeddings)(?:\/.*)?$/.exec(path)?.[1];
  if (endpoint !== undefined || search !== "" || hash !== "") {
    return {
      check: "base-url.endpoint",
      title: "is the address of one endpoint, not of the API",
      cause: "The service adds /models, /realtime/calls and so on by itself.",
      fix: `Set ${setting} to the part before, such as ${origin}${endpoint || "/v1"}.`,
    };
  }
  return undefined;
};

const answerFault = (
  { status, headers, text }: Answer,
  baseUrl: string,
  setting: string,
): Found | undefined => {
  if (status >= 300 && status < 400) {
    return {
      check: "base-url.redirect",
      title: "sends on to another address",
      cause: `It answered ${status}. The service follows no redirect, which could take a key elsewhere.`,
      fix: `Set ${setting} to the address where it ends, with https:// where it is http://.`,
    };
  }
  if (status === 407) {
    return {
      check: "proxy.refused",
      title: "a proxy on the way wants credentials",
      cause: "The answer was 407 (Proxy Authentication Required).",
      fix: "Write user and password into HTTPS_PROXY, or have the proxy let this machine through.",
    };
  }
  const isPage =
    String(headers["content-type"] ?? "").includes("text/html") || /^\s*<(?:!doctype|html)/i.test(text);
  if (isPage) {
    return {
      check: "base-url.page",
      title: "answers with a page for people, not with the API",
      cause: `GET ${baseUrl}/models brought HTML (${status}): a wrong host or path, a firewall, or a sign-in page.`,
      fix: `Set ${setting} to the API's address, such as https://api.openai.com/v1.`,
    };
  }
  if (status === 404 || status === 405) {
    return {
      check: "base-url.path",
      title: "has no API at this path",
      cause: `GET ${baseUrl}/models was answered with ${status}.`,
      fix: `Set ${setting} to the address with its whole path, such as ${new URL(baseUrl).origin}/v1.`,
    };
  }
  if (status < 300 && !text.trimStart().startsWith("{")) {
    return {
      check: "base-url.unreadable",
      title: "answers with something that is not OpenAI's API",
      cause: `GET ${baseUrl}/models brought ${status}, but no JSON object.`,
      fix: `Look at what answers there; set ${setting} to the API's address.`,
    };
  }
  return undefined;
};

const plainWarning = (baseUrl: string, setting: string, subject: string): Finding | undefined => {
  const { protocol, hostname } = new URL(baseUrl);
  if (protocol === "https:" || /^(?:localhost|127\.|\[::1\])/.test(hostname)) return undefined;
  return {
    ...{ check: "base-url.plain", level: "warning", subject, title: "is reached without encryption" },
    cause:
      "Keys travel readable through the network, and browsers do not connect to it from a page by https.",
    fix: `Set ${setting} to an https:// address.`,
  };
};

// Doctor finds what is wrong on the way to OpenAI: names, certificates, proxies.
import { afterAll, describe, expect, it } from "vitest";
import { startEmulator } from "../../emulator/emulator.ts";
import { createAuthority, trusting } from "../support/certificates.ts";
import { startConnectProxy } from "../support/connect-proxy.ts";
import { diagnose } from "../support/doctor.ts";
import { startTlsFront } from "../support/tls-front.ts";

const emulator = await startEmulator();
afterAll(() => emulator.close());

const patient = (env: Record<string, string>) => ({
  env: { OPENAI_API_KEY: "sk-proj-0123456789abcdef0123456789", ...env },
  withSession: false,
});

it("names a server that is none", async () => {
  const { wrong } = await diagnose(patient({ OPENAI_BASE_URL: "https://openai.invalid/v1" }));
  // A machine without a name server learns less.
  expect(["dns.unknown", "dns.failed"]).toContain(wrong.join());
});

describe("certificates", () => {
  const examine = async (names: readonly string[], isTrusted: boolean) => {
    using authority = createAuthority();
    using _trusted = isTrusted ? trusting(authority) : undefined;
    await using front = await startTlsFront(emulator.baseUrl, authority.issue(names));
    const { wrong } = await diagnose(patient({ OPENAI_BASE_URL: `https://localhost:${front.port}/v1` }));
    return wrong;
  };

  it("finds nothing wrong with a trusted one", async () => {
    expect(await examine(["localhost"], true)).toEqual([]);
  });

  it("names one of an unknown authority", async () => {
    expect(await examine(["localhost"], false)).toEqual(["tls.untrusted"]);
  });

  it("names one for another name", async () => {
    expect(await examine(["voice.example.com"], true)).toEqual(["tls.name"]);
  });
});

describe("a proxy on the way out", () => {
  const examine = async (proxyUrl: (port: number) => string, host = "openai.test") => {
    using authority = createAuthority();
    using _trusted = trusting(authority);
    await using front = await startTlsFront(emulator.baseUrl, authority.issue(["openai.test"]));
    await using proxy = await startConnectProxy({
      hosts: { "openai.test:443": front.port },
      credentials: "broker:proxy-password",
    });
    const env = { OPENAI_BASE_URL: `https://${host}/v1`, HTTPS_PROXY: proxyUrl(proxy.port) };
    const { wrong, findings, examined } = await diagnose(patient(env));
    expect(JSON.stringify(examined)).not.toContain("proxy-password");
    return { wrong, titles: findings.map(({ title }) => title) };
  };

  it("is taken, where it opens tunnels", async () => {
    const { wrong, titles } = await examine((port) => `http://broker:proxy-password@127.0.0.1:${port}`);
    expect(wrong).toEqual([]);
    expect(titles[0]).toMatch(/^127\.0\.0\.1:\d+ opens a tunnel to it, in \d+ ms$/);
  });

  it("is named where it wants credentials", async () => {
    expect((await examine((port) => `http://127.0.0.1:${port}`)).wrong).toEqual(["proxy.refused"]);
  });

  it("is named where it does not allow the server", async () => {
    const url = (port: number) => `http://broker:proxy-password@127.0.0.1:${port}`;
    expect((await examine(url, "other.test")).wrong).toEqual(["proxy.refused"]);
  });

  it("is named where it is not there", async () => {
    expect((await examine(() => "http://127.0.0.1:9")).wrong).toEqual(["proxy.unreachable"]);
  });
});

// Each setting whose row says that a change takes effect at once: that it does.
import { connect } from "node:net";
import { expect, it } from "vitest";
import { type SettingName, settingNames, settings } from "../../server/config/settings.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { chatAnswer } from "../support/fake-openai.ts";
import { type Account, account, minted } from "../support/upstream.ts";

const base = `
callers: { guests: anyone, tokens: [{ name: alice, token: alice-0123456789abcdef }] }
limits: { address: none, mints: { caller: none }, relays: { caller: none } }
relay: { all: { allow: [everyone] } }`;
const authorization = "Bearer alice-0123456789abcdef";
const alice = { headers: { authorization } };

interface Proof {
  broker: TestBroker;
  openai: Account;
  /** Changes the setting, with what more is asked for. */
  change(value: unknown, more?: string): Promise<void>;
}

const mint = (broker: TestBroker) => broker.fetch("/ephemeral-key", alice);
const chat = (broker: TestBroker) =>
  broker.fetch("/v1/chat/completions", {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: '{"model":"gpt-5-mini","messages":[{"role":"user","content":"hello"}]}',
  });
const lastMint = ({ openai }: Proof) => openai.of("mints").at(-1)?.headers ?? {};
const lastClient = ({ broker }: Proof) => broker.logs.findLast(({ msg }) => msg === "request")?.client;
/** How long a connection lives that sends this and then nothing. */
const livesMs = ({ broker }: Proof, text: string) =>
  new Promise<number>((resolve) => {
    const begun = performance.now();
    const socket = connect(Number(new URL(broker.url).port), "127.0.0.1", () => socket.write(text));
    socket.resume().once("close", () => resolve(performance.now() - begun));
  });
const forwarded = { headers: { authorization, "x-forwarded-for": "192.0.2.1", forwarded: "for=192.0.2.2" } };
/** What the program itself reads of the configuration in force is tried in test/flows/process.test.ts. */
const ofProgram = async () => {};

const proofs: Partial<Record<SettingName, (proof: Proof) => Promise<void>>> = {
  openai_api_key: async (proof) => {
    await proof.change("sk-other");
    expect((await mint(proof.broker)).status).toBe(200);
    expect(lastMint(proof).authorization).toBe("Bearer sk-other");
  },
  openai_base_url: async ({ broker, change }) => {
    await using other = await account();
    await change(other.baseUrl);
    expect((await mint(broker)).status).toBe(200);
    expect(other.of("mints")).toHaveLength(1);
  },
  openai_organization: async (proof) => {
    await proof.change("org-other");
    await mint(proof.broker);
    expect(lastMint(proof)["openai-organization"]).toBe("org-other");
  },
  openai_project: async (proof) => {
    await proof.change("proj_other");
    await mint(proof.broker);
    expect(lastMint(proof)["openai-project"]).toBe("proj_other");
  },
  openai_timeout_ms: async ({ broker, openai, change }) => {
    openai.behave({ mints: (answer) => void setTimeout(minted, 1000, answer) });
    await change(100);
    expect((await mint(broker)).status).toBe(504);
  },
  new_openai_names: async ({ broker, change }) => {
    const profile =
      "\nprofiles: { default: { session: { type: realtime, model: gpt-realtime, audio: { output: { voice: newest } } } } }";
    const env = { OPENAI_BASE_URL: "https://api.openai.com/v1" };
    await expect(broker.useConfig(base + profile, env)).rejects.toThrow("newest");
    await change("newest", profile);
  },
  relay_timeout_seconds: async ({ broker, openai, change }) => {
    openai.behave({ chats: () => {} });
    await change(1);
    expect((await chat(broker)).status).toBe(504);
  },
  relay_idle_seconds: async ({ broker, openai, change }) => {
    openai.behave({ chats: (answer) => void answer.writeHead(200).write("a") });
    await change(1);
    await expect((await chat(broker)).text()).rejects.toThrow();
  },
  trusted_proxies: async (proof) => {
    await proof.change("127.0.0.1", "\nsettings: { log_addresses: plain }");
    await proof.broker.fetch("/tools", forwarded);
    expect(lastClient(proof)).toBe("192.0.2.1");
  },
  forwarded_header: async (proof) => {
    await proof.change("forwarded", "\nsettings: { log_addresses: plain, trusted_proxies: 127.0.0.1 }");
    await proof.broker.fetch("/tools", forwarded);
    expect(lastClient(proof)).toBe("192.0.2.2");
  },
  header_timeout_seconds: async (proof) => {
    await proof.change(1);
    expect(await livesMs(proof, "GET / HTTP/1.1\r\nhost: a\r\n")).toBeLessThan(15_000);
  },
  request_timeout_seconds: async (proof) => {
    await proof.change(1);
    const head = `POST /ephemeral-key HTTP/1.1\r\nhost: a\r\nauthorization: ${authorization}\r\n`;
    const body = "content-type: application/json\r\ncontent-length: 99\r\n\r\n{";
    expect(await livesMs(proof, head + body)).toBeLessThan(20_000);
  },
  log_addresses: async (proof) => {
    await proof.change("plain");
    await proof.broker.fetch("/tools", alice);
    expect(lastClient(proof)).toBe("127.0.0.1");
  },
  page: async ({ broker, change }) => {
    await change(false);
    expect((await broker.fetch("/")).status).toBe(404);
  },
  budget_output_tokens: async ({ broker, openai, change }) => {
    openai.behave({ chats: chatAnswer });
    const budgets = "\nbudgets: [{ name: small, for: everyone, tokens: 1000, per: day }]";
    await change(10, budgets);
    expect((await chat(broker)).status).toBe(200);
    await change(1001, budgets);
    expect((await chat(broker)).status).toBe(429);
  },
  public_url: async ({ broker, change }) => {
    const profile =
      "\nprofiles: { default: { session: { type: realtime, model: gpt-realtime }, supervision: watch } }";
    await change("https://voice.example.com", profile);
    expect(await (await mint(broker)).json()).toMatchObject({
      connect: { webrtc: "https://voice.example.com/v1/realtime/calls" },
    });
  },
  drain_seconds: ofProgram,
  drain_idle_seconds: ofProgram,
  log_level: ofProgram,
  reload: ofProgram,
};

const live = settingNames.filter((name) => settings[name].reload === "live");

it("is proven for each of them", () => {
  expect(Object.keys(proofs).toSorted()).toEqual(live.toSorted());
});

it.each(live)(
  "%s",
  async (name) => {
    await using openai = await account();
    await using broker = await createTestBroker({ openai: openai.baseUrl, yaml: base });
    const change = async (value: unknown, more = "") => {
      const { changed } = await broker.useConfig(base + more, { [settings[name].env]: String(value) });
      expect(changed.join()).toContain(`settings.${name}`);
    };
    await proofs[name]?.({ broker, openai, change });
  },
  20_000,
);

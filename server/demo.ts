// `npm run demo`: the same service with two additions, each of which it announces.
import type { Config } from "./config/load.ts";
import { Secret } from "./secret.ts";

export interface Demo {
  config: Config;
  announcements: string[];
  close(): Promise<void>;
}

/** Lets in guests from this machine, and without an OpenAI key starts the emulator and uses it. */
export const withDemoAdditions = async (config: Config): Promise<Demo> => {
  const opened = withGuests(config);
  if (opened.settings.openai_api_key) {
    const talksTo = `It talks to ${opened.settings.openai_base_url} with your OPENAI_API_KEY.`;
    return { config: opened, announcements: [guests, talksTo], close: async () => {} };
  }
  if (opened.upstream_keys.length > 0) {
    return {
      config: opened,
      announcements: [guests, "It talks to OpenAI with your upstream_keys."],
      close: async () => {},
    };
  }
  const emulator = await startEmulator();
  const settings = {
    ...opened.settings,
    openai_api_key: new Secret("sk-emulator"),
    openai_base_url: emulator.baseUrl,
  };
  return {
    config: { ...opened, settings },
    announcements: [
      guests,
      `OPENAI_API_KEY is not set, so OpenAI is emulated at ${emulator.baseUrl}; no money is spent.`,
    ],
    close: () => emulator.close(),
  };
};

// The emulator is a development tool: the container image and other production installs do without it.
const startEmulator = async () => {
  const module = await import("../emulator/emulator.ts").catch((cause: unknown) => {
    throw new Error("OPENAI_API_KEY: is not set, and this installation has no emulator", { cause });
  });
  return module.startEmulator();
};

const guests =
  "Guests from this machine are let in without a token, so put no proxy in front: its clients would be guests too.";

const withGuests = (config: Config): Config => {
  const { callers } = config;
  return { ...config, callers: { ...callers, guests: callers.guests === "anyone" ? "anyone" : "loopback" } };
};

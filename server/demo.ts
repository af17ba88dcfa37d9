// `npm run demo`: the same service with additions, each of which it announces.
import type { Config } from "./config/load.ts";
import type { Random } from "./random.ts";
import { Secret } from "./secret.ts";

export interface Demo {
  config: Config;
  announcements: string[];
  /** Opens the operator's page; undefined where broker.yaml says who the operators are. */
  operatorToken: Secret | undefined;
  close(): Promise<void>;
}

/**
 * Lets in guests from this machine and one operator, who has a token of this start. Without an OpenAI key it starts the emulator and
 * uses it.
 */
export const withDemoAdditions = async (config: Config, random: Pick<Random, "bytes">): Promise<Demo> => {
  const { config: opened, operatorToken } = withOperator(withGuests(config), random);
  if (opened.settings.openai_api_key) {
    const talksTo = `It talks to ${opened.settings.openai_base_url} with your OPENAI_API_KEY.`;
    return { config: opened, announcements: [guests, talksTo], operatorToken, close: async () => {} };
  }
  if (opened.upstream_keys.length > 0) {
    return {
      config: opened,
      announcements: [guests, "It talks to OpenAI with your upstream_keys."],
      operatorToken,
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
    operatorToken,
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

const withOperator = (
  config: Config,
  random: Pick<Random, "bytes">,
): Pick<Demo, "config" | "operatorToken"> => {
  const { callers, operators, settings } = config;
  if (operators.allow.length > 0 || !settings.page) return { config, operatorToken: undefined };
  const token = new Secret(random.bytes(24).toString("base64url"));
  const operator = { name: OPERATOR, token, roles: [], team: undefined };
  return {
    config: {
      ...config,
      callers: { ...callers, tokens: [...callers.tokens, operator] },
      operators: { ...operators, allow: [`token:${OPERATOR}`] },
    },
    operatorToken: token,
  };
};

const OPERATOR = "demo-operator";

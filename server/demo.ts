// `npm run demo`: the same service with additions, each of which it announces.
import type { Config } from "./config/load.ts";
import type { Random } from "./random.ts";
import { Secret } from "./secret.ts";

export interface Demo {
  announcements: string[];
  /** Opens the operator's page; undefined where broker.yaml says who the operators are. */
  operatorToken: Secret | undefined;
  /** The same additions to each configuration that is read. */
  additionsTo(config: Config): Config;
  close(): Promise<void>;
}

/**
 * Lets in guests from this machine and one operator, who has a token of this start. Without an OpenAI key it starts the emulator and
 * uses it.
 */
export const openDemo = async (first: Config, random: Pick<Random, "bytes">): Promise<Demo> => {
  const token = new Secret(random.bytes(24).toString("base64url"));
  const operatorToken = needsOperator(first) ? token : undefined;
  const opened = (config: Config) => withOperator(withGuests(config), token);
  if (hasKey(first)) {
    const key = first.settings.openai_api_key
      ? `It talks to ${first.settings.openai_base_url} with your OPENAI_API_KEY.`
      : "It talks to OpenAI with your upstream_keys.";
    return { announcements: [guests, key], operatorToken, additionsTo: opened, close: async () => {} };
  }
  const emulator = await startEmulator();
  const emulated = { openai_api_key: new Secret("sk-emulator"), openai_base_url: emulator.baseUrl };
  return {
    announcements: [
      guests,
      `OPENAI_API_KEY is not set, so OpenAI is emulated at ${emulator.baseUrl}; no money is spent.`,
    ],
    operatorToken,
    additionsTo: (config) => {
      const settings = hasKey(config) ? config.settings : { ...config.settings, ...emulated };
      return opened({ ...config, settings });
    },
    close: () => emulator.close(),
  };
};

const hasKey = ({ settings, upstream_keys: keys }: Config): boolean =>
  settings.openai_api_key !== undefined || keys.length > 0;

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

const needsOperator = ({ operators, settings }: Config): boolean =>
  operators.allow.length === 0 && settings.page;

const withOperator = (config: Config, token: Secret): Config => {
  if (!needsOperator(config)) return config;
  const { callers, operators } = config;
  const operator = { name: OPERATOR, token, roles: [], team: undefined };
  return {
    ...config,
    callers: { ...callers, tokens: [...callers.tokens, operator] },
    operators: { ...operators, allow: [`token:${OPERATOR}`] },
  };
};

const OPERATOR = "demo-operator";

// The service in an application of the test's making.
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Broker, type BrokerConfig, type BrokerOptions, createBroker } from "../../server/broker.ts";
import type { EmulatedOpenAi } from "./openai.ts";

const token = "alice-0123456789";
/** The header of the one caller that the configuration knows, where a test gives no others. */
export const alice = { authorization: `Bearer ${token}` };

type Line = Record<string, unknown>;

/** Use with `await using`. `lines` is what it logged. */
export const startMounted = async (
  openai: Pick<EmulatedOpenAi, "baseUrl">,
  config: Omit<BrokerConfig, "settings"> & { settings?: BrokerConfig["settings"] } = {},
  options: BrokerOptions<never> = {},
): Promise<Broker & AsyncDisposable & { lines: Line[] }> => {
  const lines: Line[] = [];
  const settings = {
    ...{ openai_api_key: "sk-test", openai_base_url: openai.baseUrl, database_url: "sqlite::memory:" },
    ...{ drain_seconds: 1, ...config.settings },
  };
  const callers = config.callers ?? { tokens: [{ name: "alice", token }] };
  const log = {
    write: (level: string, msg: string, fields: object) => void lines.push({ level, msg, ...fields }),
  };
  const broker = await createBroker({ ...config, callers, settings }, { log, ...options });
  return { ...broker, lines, [Symbol.asyncDispose]: broker.close };
};

/** A server of Node's on a free port. */
export const serveHost = async (listener: RequestListener) => {
  const server: Server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ server, url },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

// TLS_CA_FILE: OpenAI, Postgres and Redis under certificates of a company's own authority, for the service and for the command line.

import { Agent, request } from "undici";
import { expect, it } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { runBroker } from "../support/cli.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { createDatabase } from "../support/postgres.ts";
import { startProcess } from "../support/process.ts";
import { startRedis } from "../support/redis.ts";
import { startTlsFront } from "../support/tls-front.ts";
import { until } from "../support/wait.ts";

it("is trusted by everything that connects", async () => {
  using authority = createAuthority();
  const own = authority.issue(["127.0.0.1", "localhost"]);
  await using openai = await emulateOpenAi();
  await using database = await createDatabase();
  await using redis = await startRedis();
  await using openaiFront = await startTlsFront(openai.baseUrl, own);
  await using databaseFront = await startTlsFront(database.url, own);
  await using redisFront = await startTlsFront(redis.url, own);
  const postgres = new URL(database.url);
  postgres.host = `localhost:${databaseFront.port}`;
  const env = {
    DATABASE_URL: `${postgres.href}?sslmode=verify-full&sslnegotiation=direct`,
    TLS_CA_FILE: authority.file,
  };
  const added = await runBroker("users add alice --json", env);
  expect(added).toMatchObject({ code: 0 });
  const { token } = JSON.parse(added.stdout);
  await using service = startProcess({
    ...env,
    TLS_CERTIFICATE_FILE: own.certificateFile,
    TLS_KEY_FILE: own.keyFile,
    OPENAI_API_KEY: "sk-1",
    LOAD_SHEDDING: "true",
    OPENAI_BASE_URL: `https://localhost:${openaiFront.port}/v1`,
    REDIS_URL: `rediss://localhost:${redisFront.port}`,
  });
  const url = await service.listening();
  const dispatcher = new Agent({ connect: { ca: authority.certificate } });
  const ask = (path: string) =>
    request(url + path, { dispatcher, headers: { authorization: `Bearer ${token}` } });
  const minted = await ask("/ephemeral-key");
  expect(await minted.body.json()).toMatchObject({ value: expect.stringMatching(/^ek_/) });
  // The ledger's thread has connections of its own.
  await until("the mint is in the books", async () => {
    const { body } = await ask("/usage?by=user");
    return JSON.stringify(await body.json()).includes("alice");
  });
  expect(service.output).not.toMatch(/redis-lost|limits-not-shared/);
  await dispatcher.destroy();
});

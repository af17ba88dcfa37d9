// Starts the emulator alone: `npm run emulator`.
import { readFile } from "node:fs/promises";
import { startEmulator } from "./emulator.ts";

const {
  PORT = "8788",
  HOST = "127.0.0.1",
  EMULATOR_API_KEY,
  EMULATOR_TLS_KEY,
  EMULATOR_TLS_CERT,
} = process.env;

const tls =
  EMULATOR_TLS_KEY && EMULATOR_TLS_CERT
    ? {
        tls: {
          key: await readFile(EMULATOR_TLS_KEY, "utf8"),
          cert: await readFile(EMULATOR_TLS_CERT, "utf8"),
        },
      }
    : {};

const emulator = await startEmulator({
  port: Number(PORT),
  host: HOST,
  ...tls,
  ...(EMULATOR_API_KEY ? { apiKey: EMULATOR_API_KEY } : {}),
});
const origin = new URL(emulator.baseUrl).origin;

process.stdout.write(`OpenAI Realtime emulator on ${emulator.baseUrl}

  servers:   OPENAI_BASE_URL=${emulator.baseUrl} OPENAI_API_KEY=${EMULATOR_API_KEY ? "(the key you set)" : "sk-anything"}
  browsers:  post the SDP offer to ${emulator.baseUrl}/realtime/calls with an ek_ key
  tests:     PUT what it is to say to ${origin}/emulator/script  (see emulator/README.md)
`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void emulator.close();
  });
}

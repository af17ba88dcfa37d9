// The emulator in OpenAI's place, and what it saw of the service.
import { startEmulator } from "../../emulator/emulator.ts";

export interface SeenMint {
  headers: Record<string, string>;
  body: { expires_after: { seconds: number }; session: Record<string, unknown> };
}

export interface EmulatedOpenAi extends AsyncDisposable {
  baseUrl: string;
  /** The mints that reached it, oldest first. */
  mints(): Promise<SeenMint[]>;
  /** Makes the next mint fail: status, body, headers, delay_ms, times. */
  failMint(fault: Record<string, unknown>): Promise<void>;
}

/** Starts one on a free port. Use with `await using`. */
export const emulateOpenAi = async (): Promise<EmulatedOpenAi> => {
  const emulator = await startEmulator();
  const control = new URL("/emulator/", emulator.baseUrl);
  const path = "/v1/realtime/client_secrets";
  return {
    baseUrl: emulator.baseUrl,
    mints: async () => {
      const answer = await fetch(new URL("requests", control));
      const { requests } = (await answer.json()) as { requests: (SeenMint & { path: string })[] };
      return requests.filter((request) => request.path === path);
    },
    failMint: async (fault) => {
      const body = JSON.stringify({ path, ...fault });
      const headers = { "content-type": "application/json" };
      const answer = await fetch(new URL("faults", control), { method: "POST", headers, body });
      if (!answer.ok) throw new Error(`the emulator did not take the fault: ${await answer.text()}`);
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  };
};

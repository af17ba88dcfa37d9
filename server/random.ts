// Randomness as a parameter, so that tests can repeat what they saw.
import { randomBytes, randomUUID } from "node:crypto";

export interface Random {
  /** At least 0, less than 1; for spreading and drawing, never for secrets. */
  number(): number;
  /** That many bytes, fit for keys and tokens. */
  bytes(length: number): Buffer;
  uuid(): string;
}

export const systemRandom: Random = {
  number: Math.random,
  bytes: randomBytes,
  // V8 holds the twenty pieces of which Node makes it, half a kilobyte for each request in flight. From a buffer it is one text.
  uuid: () => Buffer.from(randomUUID(), "latin1").toString("latin1"),
};

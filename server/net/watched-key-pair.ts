// A certificate and its key in files that are read again and again: a renewed pair is used, a broken one is not.
import type { Clock, Timers } from "../clock.ts";
import { type KeyPair, readKeyPair } from "./key-pair.ts";

export interface KeyPairFiles {
  /** What it is for, in log and metrics: `listener`, or the origin that it is presented to. */
  use: string;
  certificateFile: string;
  keyFile: string;
}

export interface WatchPorts {
  /** Rejects with an error that names the file. */
  read(file: string): Promise<string>;
  clock: Pick<Clock, "now">;
  timers: Pick<Timers, "after">;
  log: { write(level: "info" | "warn", event: string, fields: Record<string, unknown>): void };
}

export interface CertificateState {
  use: string;
  /** In milliseconds since 1970. */
  expiresAt: number;
  /** Whether it is what the files hold. */
  isCurrent: boolean;
}

export interface WatchedKeyPair extends Disposable {
  /** Calls `use` with the pair, now and whenever it was renewed. A pair for which it throws is not used. */
  follow(use: (pair: KeyPair) => void): void;
  state(): CertificateState;
}

/** Often enough for whatever renews certificates, and it costs two small reads. */
export const REREAD_MS = 10_000;
/** Those who renew for 90 days do it a month before the end. */
const WARN_DAYS = 14;
const DAY_MS = 86_400_000;

/** Rejects with an error that says what is wrong with the files. Read again by content, so a symlink may be swapped. */
export const watchKeyPair = async (files: KeyPairFiles, ports: WatchPorts): Promise<WatchedKeyPair> => {
  const pair = new RereadKeyPair(files, ports);
  await pair.begin();
  return pair;
};

class RereadKeyPair implements WatchedKeyPair {
  readonly #files: KeyPairFiles;
  readonly #ports: WatchPorts;
  #pair: KeyPair | undefined;
  #use: (pair: KeyPair) => void = () => {};
  /** What was found last and cannot be used: a pair in the middle of being written is not found twice the same. */
  #found: string | undefined;
  #isTold = false;
  #warnedAt = Number.NEGATIVE_INFINITY;
  #cancel: () => void = () => {};
  #isStopped = false;

  constructor(files: KeyPairFiles, ports: WatchPorts) {
    this.#files = files;
    this.#ports = ports;
  }

  async begin(): Promise<void> {
    this.#pair = readKeyPair(...(await this.#readFiles()));
    this.#warnOfEnd();
    this.#schedule();
  }

  follow(use: (pair: KeyPair) => void): void {
    if (this.#pair) use(this.#pair);
    this.#use = use;
  }

  state(): CertificateState {
    return {
      use: this.#files.use,
      expiresAt: this.#pair?.expiresAt ?? 0,
      isCurrent: this.#found === undefined,
    };
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #schedule(): void {
    if (!this.#isStopped) this.#cancel = this.#ports.timers.after(REREAD_MS, () => void this.#readAgain());
  }

  async #readAgain(): Promise<void> {
    try {
      const [certificate, key] = await this.#readFiles();
      if (certificate === this.#pair?.certificate && key === this.#pair.key) this.#found = undefined;
      else this.#renew(certificate, key);
    } catch (error) {
      this.#reject((error as Error).message, error as Error);
    }
    this.#warnOfEnd();
    this.#schedule();
  }

  #renew(certificate: string, key: string): void {
    try {
      const renewed = readKeyPair(certificate, key);
      this.#use(renewed);
      this.#pair = renewed;
      this.#found = undefined;
      this.#isTold = false;
      this.#warnedAt = Number.NEGATIVE_INFINITY;
      this.#tell("info", "tls-certificate-renewed", {});
    } catch (error) {
      this.#reject(certificate + key, error as Error);
    }
  }

  #reject(found: string, { message }: Error): void {
    if (this.#found !== found) this.#isTold = false;
    else if (!this.#isTold) {
      this.#isTold = true;
      this.#tell("warn", "tls-certificate-not-renewed", { reason: message });
    }
    this.#found = found;
  }

  #warnOfEnd(): void {
    const now = this.#ports.clock.now();
    const days = ((this.#pair?.expiresAt ?? 0) - now) / DAY_MS;
    if (days > WARN_DAYS || now - this.#warnedAt < DAY_MS) return;
    this.#warnedAt = now;
    this.#tell("warn", days > 0 ? "tls-certificate-expires" : "tls-certificate-expired", {});
  }

  #tell(level: "info" | "warn", event: string, more: Record<string, unknown>): void {
    const { use, certificateFile: file } = this.#files;
    const expires = new Date(this.#pair?.expiresAt ?? 0).toISOString();
    this.#ports.log.write(level, event, { use, file, expires, ...more });
  }

  async #readFiles(): Promise<[certificate: string, key: string]> {
    const { certificateFile, keyFile } = this.#files;
    const { read } = this.#ports;
    return [await read(certificateFile), await read(keyFile)];
  }
}

// Closing what was opened, in reverse order: the platform's AsyncDisposableStack, or the same where Node has none (before 24).

/** The part of AsyncDisposableStack that is used here. */
export interface Disposal extends AsyncDisposable {
  /** Closes `opened` with the rest, and returns it. */
  use<T extends Disposable | AsyncDisposable>(opened: T): T;
  defer(close: () => unknown): void;
  /** Hands everything over to a new one; this one then closes nothing. */
  move(): Disposal;
  /** Closes everything in reverse order, also after one has failed. Rejects with the last error. */
  disposeAsync(): Promise<void>;
}

class ClosingStack implements Disposal {
  #closers: (() => unknown)[];

  constructor(closers: (() => unknown)[] = []) {
    this.#closers = closers;
  }

  use<T extends Disposable | AsyncDisposable>(opened: T): T {
    this.defer(() =>
      Symbol.asyncDispose in opened ? opened[Symbol.asyncDispose]() : opened[Symbol.dispose](),
    );
    return opened;
  }

  defer(close: () => unknown): void {
    this.#closers.push(close);
  }

  move(): Disposal {
    const moved = new ClosingStack(this.#closers);
    this.#closers = [];
    return moved;
  }

  async disposeAsync(): Promise<void> {
    let failed: { error: unknown } | undefined;
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        failed = { error };
      }
    }
    if (failed) throw failed.error;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disposeAsync();
  }
}

/** Nothing to close yet. */
export const createDisposal = (): Disposal =>
  globalThis.AsyncDisposableStack ? new AsyncDisposableStack() : new ClosingStack();

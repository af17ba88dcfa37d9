// What was opened is closed in reverse order, with the platform's stack and without it.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDisposal } from "../../server/disposal.ts";

const platform = globalThis.AsyncDisposableStack;

describe.each([
  ["the platform's", platform],
  ["ours", undefined],
])("%s stack", (_, stack) => {
  beforeEach(() => {
    Object.assign(globalThis, { AsyncDisposableStack: stack });
  });
  afterEach(() => {
    Object.assign(globalThis, { AsyncDisposableStack: platform });
  });

  it("closes in reverse order, and once", async () => {
    const closed: string[] = [];
    const disposal = createDisposal();
    disposal.defer(async () => closed.push("first"));
    disposal.use({ [Symbol.dispose]: () => closed.push("second") });
    disposal.use({ [Symbol.asyncDispose]: async () => void closed.push("third") });
    await disposal.disposeAsync();
    await disposal.disposeAsync();
    expect(closed).toEqual(["third", "second", "first"]);
  });

  it("closes nothing that was handed over", async () => {
    const closed: string[] = [];
    const disposal = createDisposal();
    disposal.defer(() => closed.push("moved"));
    const moved = disposal.move();
    await disposal.disposeAsync();
    expect(closed).toEqual([]);
    await moved[Symbol.asyncDispose]();
    expect(closed).toEqual(["moved"]);
  });

  it("closes the rest where one cannot be closed, and says so", async () => {
    const closed: string[] = [];
    const disposal = createDisposal();
    disposal.defer(() => closed.push("first"));
    disposal.defer(() => {
      throw new Error("stuck");
    });
    await expect(disposal.disposeAsync()).rejects.toThrow("stuck");
    expect(closed).toEqual(["first"]);
  });
});

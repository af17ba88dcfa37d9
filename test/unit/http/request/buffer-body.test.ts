// A body's bytes in one buffer, however they are cut.
import fc from "fast-check";
import { expect, it } from "vitest";
import { ArrivingBytes } from "../../../../server/http/request/buffer-body.ts";

it("the bytes are the chunks one after the other, with or without a stated length", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 20_000 }), { maxLength: 12 }),
      fc.boolean(),
      (chunks, isStated) => {
        const whole = Buffer.concat(chunks);
        const arriving = new ArrivingBytes(isStated ? whole.length : Number.POSITIVE_INFINITY);
        let length = 0;
        for (const chunk of chunks) {
          arriving.add(Buffer.from(chunk));
          length += chunk.length;
          expect(arriving.length).toBe(length);
          expect(arriving.bytes.subarray(0, length).equals(whole.subarray(0, length))).toBe(true);
        }
        expect(arriving.take().equals(whole)).toBe(true);
        expect(arriving.bytes.length).toBe(0);
      },
    ),
    { numRuns: 50 },
  );
});

it("a body that arrives in one chunk is not copied", () => {
  const chunk = Buffer.from("whole");
  const arriving = new ArrivingBytes(chunk.length);
  arriving.add(chunk);
  expect(arriving.bytes).toBe(chunk);
});

it("a buffer is never larger than the stated length", () => {
  const arriving = new ArrivingBytes(20_000);
  arriving.add(Buffer.alloc(10));
  arriving.add(Buffer.alloc(17_000));
  expect(arriving.bytes.length).toBeLessThanOrEqual(20_000);
});

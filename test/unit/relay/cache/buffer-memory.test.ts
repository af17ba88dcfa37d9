// The memory of all shared responses: the largest is shortened first.
import { expect, it } from "vitest";
import { createBufferMemory, type SharedBuffer } from "../../../../server/relay/cache/buffer-memory.ts";

const setUp = () => {
  const memory = createBufferMemory(100);
  const shrunk: string[] = [];
  const buffer = (name: string, keeps = 0): SharedBuffer => {
    const self: SharedBuffer = {
      shrink: () => {
        shrunk.push(name);
        memory.set(self, keeps);
        return true;
      },
    };
    return self;
  };
  return { memory, shrunk, buffer };
};

it("shrinks the largest, and no more than is needed", () => {
  const { memory, shrunk, buffer } = setUp();
  memory.set(buffer("small"), 20);
  memory.set(buffer("large"), 60);
  memory.set(buffer("new"), 21);
  expect(shrunk).toEqual(["large"]);
});

it("goes on with the next where that is not enough", () => {
  const { memory, shrunk, buffer } = setUp();
  memory.set(buffer("small"), 40);
  memory.set(buffer("large", 59), 60);
  memory.set(buffer("new"), 30);
  expect(shrunk).toEqual(["large", "small"]);
});

it("counts a buffer that has become smaller, or has gone", () => {
  const { memory, shrunk, buffer } = setUp();
  const one = buffer("one");
  memory.set(one, 90);
  memory.set(one, 10);
  memory.set(buffer("two"), 90);
  memory.set(one, 0);
  memory.set(buffer("three"), 10);
  expect(shrunk).toEqual([]);
});

// A journal's segments in memory, for a database that is in memory too: both end with the process.
import type { Segments } from "./segments.ts";

export const memorySegments = (): Segments => {
  const segments = new Map<string, Buffer>();
  let created = 0;
  return {
    create: async () => {
      created += 1;
      const name = String(created);
      segments.set(name, Buffer.alloc(0));
      return {
        name,
        write: async (bytes, position) => {
          const before = segments.get(name)?.subarray(0, position) ?? Buffer.alloc(position);
          segments.set(name, Buffer.concat([before, bytes]));
        },
        isGone: async () => false,
        close: async () => {},
      };
    },
    read: async (name, from, max) => segments.get(name)?.subarray(from, from + max) ?? Buffer.alloc(0),
    remove: async (name) => void segments.delete(name),
    takeUpLeftovers: async () => [],
    close: async () => {},
  };
};

// The memory that the buffers of all shared responses have together: the largest is shortened first. Pure.

export interface SharedBuffer {
  /** Drops what it can do without. Returns whether that was anything. */
  shrink(): boolean;
}

export interface BufferMemory {
  /** Notes the size of a buffer; others, or this one, may have to shrink at once. */
  set(buffer: SharedBuffer, bytes: number): void;
}

export const createBufferMemory = (maxBytes: number): BufferMemory => {
  const sizes = new Map<SharedBuffer, number>();
  let total = 0;
  let isShrinking = false;
  return {
    set: (buffer, bytes) => {
      total += bytes - (sizes.get(buffer) ?? 0);
      if (bytes === 0) sizes.delete(buffer);
      else sizes.set(buffer, bytes);
      if (total <= maxBytes || isShrinking) return;
      isShrinking = true;
      // A caller with many large responses loses those before the responses of other callers are shortened.
      for (const [each] of [...sizes].toSorted(([, a], [, b]) => b - a)) {
        if (each.shrink() && total <= maxBytes) break;
      }
      isShrinking = false;
    },
  };
};

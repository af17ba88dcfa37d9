// The memory that all shared answers under way have together: the largest gives up its past first. Pure.

export interface BufferHolder {
  /** Gives up what it can spare. Tells whether that was anything. */
  shrink(): boolean;
}

export interface BufferMemory {
  /** Notes that the holder has so many bytes now; others, or itself, may have to shrink at once. */
  set(holder: BufferHolder, bytes: number): void;
}

export const createBufferMemory = (maxBytes: number): BufferMemory => {
  const held = new Map<BufferHolder, number>();
  let total = 0;
  let isShrinking = false;
  return {
    set: (holder, bytes) => {
      total += bytes - (held.get(holder) ?? 0);
      if (bytes === 0) held.delete(holder);
      else held.set(holder, bytes);
      if (total <= maxBytes || isShrinking) return;
      isShrinking = true;
      // So a caller who lets many answers pile up loses those before anybody else's become smaller.
      for (const [each] of [...held].toSorted(([, a], [, b]) => b - a)) {
        if (each.shrink() && total <= maxBytes) break;
      }
      isShrinking = false;
    },
  };
};

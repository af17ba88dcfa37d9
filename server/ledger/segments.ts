// The port to a journal's files: segments, which one process appends to, and which are gone when the database has their records.

export interface Segment {
  /** The journal's own name and the segment's number in it. No two processes use the same. */
  name: string;
  /** How much can be read. */
  bytes: number;
  /** Whether nothing more will come. */
  isWhole: boolean;
}

/** A segment that is being written. */
export interface OpenSegment {
  name: string;
  /** Writes all of it at that place, or rejects; then what stands there is not known, and the same may be written again. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Whether another program has removed it: what is written to it now is lost. */
  isGone(): Promise<boolean>;
  /** Closes it when a loss of power cannot lose it any more. */
  close(): Promise<void>;
}

export interface SegmentReader {
  /** At most `max` bytes from there on; fewer only at the end, none where it is gone. */
  read(name: string, from: number, max: number): Promise<Uint8Array>;
  /** Does nothing where it is gone. */
  remove(name: string): Promise<void>;
}

export interface Segments extends SegmentReader {
  /** Begins the next segment of this journal. */
  create(): Promise<OpenSegment>;
  /** Takes up what processes left that are gone; each at most once, and what another took up never. */
  takeUpLeftovers(): Promise<Segment[]>;
  /** Gives back what was taken up and not removed, so that another process, or the next start, takes it up. */
  close(): Promise<void>;
}

// Reads the Opus packets out of an Ogg file (RFC 3533, RFC 7845).

const HEADER_PACKETS = 2;

/** The audio packets of an Ogg Opus file, without its two header packets. */
export const readOggOpus = (file: Uint8Array): Uint8Array[] => {
  const view = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const packets: Buffer[] = [];
  let unfinished: Buffer[] = [];
  for (let page = 0; page + 27 <= view.length; ) {
    if (view.toString("latin1", page, page + 4) !== "OggS") throw new Error("not an Ogg file");
    const segments = view.subarray(page + 27, page + 27 + view.readUInt8(page + 26));
    let at = page + 27 + segments.length;
    for (const length of segments) {
      unfinished.push(view.subarray(at, at + length));
      at += length;
      // A segment of 255 bytes means that the packet continues.
      if (length === 255) continue;
      packets.push(Buffer.concat(unfinished));
      unfinished = [];
    }
    page = at;
  }
  return packets.slice(HEADER_PACKETS);
};

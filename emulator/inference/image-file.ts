// PNG files of one colour: valid, of the size asked for, and a few hundred bytes long.
import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** `colour` is red, green and blue, 0 to 255 each. */
export const pngOf = (width: number, height: number, colour: readonly number[]): Buffer => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(1, 8); // one bit for each pixel,
  header.writeUInt8(3, 9); // which is the place of its colour in the palette
  // Each row has one byte in front that says it is not filtered.
  const rows = Buffer.alloc(height * (1 + Math.ceil(width / 8)));
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(colour)),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
};

const chunk = (type: string, data: Buffer): Buffer => {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
};

/** The media type by the file's first bytes; undefined for what is no PNG, JPEG or WebP. */
export const imageTypeOf = (file: Uint8Array): string | undefined => {
  const begin = Buffer.from(file.subarray(0, 12)).toString("latin1");
  if (begin.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (begin.startsWith("\xff\xd8\xff")) return "image/jpeg";
  return begin.startsWith("RIFF") && begin.endsWith("WEBP") ? "image/webp" : undefined;
};

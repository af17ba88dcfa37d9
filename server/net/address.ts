// IP addresses: one text for each, whatever its spelling.
import { isIP, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import { z } from "zod";

/**
 * The one text of an address: IPv6 in its shortest form, IPv4-mapped IPv6 as IPv4. Undefined for what is no address, and for
 * an address with a zone. Node's isIP decides what is one: ipaddr.js would also read 127.1, 0x7f.0.0.1 and 010.0.0.1, which
 * other programs read as other addresses.
 */
export const plainAddress = (text: string): string | undefined => {
  switch (isIP(text)) {
    case 4:
      return text;
    case 6:
      return text.includes("%") ? undefined : plainIPv6(text);
    default:
      return undefined;
  }
};

const plainIPv6 = (text: string): string => {
  // A socket for both versions gives every IPv4 peer in this form, so these are not parsed.
  const [, dotted] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text) ?? [];
  if (dotted !== undefined) return dotted;
  const address = parseIPv6(text);
  return (address.match(IPV4_MAPPED, 96) ? address.toIPv4Address() : address).toString();
};

const IPV4_MAPPED = ipaddr.IPv6.parse("::ffff:0:0");

const parseIPv6 = (text: string): ipaddr.IPv6 => ipaddr.IPv6.parse(withoutDots(text));

// Writes the end of `64:ff9b::10.0.0.1` in hexadecimal: ipaddr.js takes `::10.0.0.1`, another address, for `::ffff:10.0.0.1`.
const withoutDots = (text: string): string => {
  const start = text.lastIndexOf(":") + 1;
  const [a, b, c, d] = text.slice(start).split(".").map(Number);
  if (a === undefined || b === undefined || c === undefined || d === undefined) return text;
  return text.slice(0, start) + [(a << 8) | b, (c << 8) | d].map(hexadecimal).join(":");
};

const hexadecimal = (group: number): string => group.toString(16);

/** The key of an address in limits: of IPv6 its /64, since a client with one address of a /64 usually has them all. */
export const addressKey = (address: string): string =>
  isIPv6(address) ? `${parseIPv6(address).parts.slice(0, 4).map(hexadecimal).join(":")}::/64` : address;

/** Whether the text is an address by which this machine reaches itself: 127.0.0.0/8 or ::1. */
export const isLoopback = (text: string): boolean => {
  const address = plainAddress(text);
  return address !== undefined && ipaddr.parse(address).range() === "loopback";
};

/** Whether the text is an address, or a network such as `10.0.0.0/8`. */
export const isNetwork = (text: string): boolean => {
  const [, address = "", bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(bits ?? 0) <= (version === 4 ? 32 : 128);
};

/** A list of addresses and networks, or a text with commas between them. */
export const networksSchema = z
  .union([z.string().transform((text) => text.split(",").map((part) => part.trim())), z.array(z.string())])
  .refine((networks) => networks.every(isNetwork), {
    error: "must be addresses or networks such as 10.0.0.0/8, with commas between",
  });

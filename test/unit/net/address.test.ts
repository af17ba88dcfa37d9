// One text for each address, and one key of limits for each client.
import { BlockList, isIP, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressKey, isLoopback, isNetwork, plainAddress } from "../../../server/net/address.ts";

describe("an address has one text, however it is written", () => {
  it.each([
    ["203.0.113.9", "203.0.113.9"],
    ["2001:DB8:0:0:0::9", "2001:db8::9"],
    ["2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["::FFFF:cb00:7109", "203.0.113.9"],
    ["0:0:0:0:0:ffff:203.0.113.9", "203.0.113.9"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["::", "::"],
  ])("%s", (text, plain) => {
    expect(plainAddress(text)).toBe(plain);
  });
});

describe("what some programs read as an address is none here", () => {
  it.each([
    ...["127.1", "2130706433", "0x7f.0.0.1", "0x7f000001", "0177.0.0.1", "010.0.0.1", "10.0.0.01", "10.0.0"],
    ...[
      "10.0.0.256",
      "10.0.0.1.",
      ".10.0.0.1",
      "10.0.0.1:80",
      " 10.0.0.1",
      "10.0.0.1\n",
      "１0.0.0.1",
      "+1.0.0.1",
    ],
    ...["::1%lo", "fe80::1%eth0", "[::1]", "::ffff:010.0.0.1", "::ffff:10.1", "::ffff:0x7f.0.0.1", "1::2::3"],
    ...[":::", "12345::", "::1/128", "::10.0.0.1.5", "::10.0.0.256", "g::", "", "localhost"],
  ])("%j", (text) => {
    expect(plainAddress(text)).toBeUndefined();
    expect(isLoopback(text)).toBe(false);
  });
});

it("IPv4 in IPv6's old form stays another address, so it cannot pass for a trusted proxy's or this machine's", () => {
  expect(plainAddress("::10.0.0.1")).toBe("::a00:1");
  expect(isLoopback("::127.0.0.1")).toBe(false);
});

it.each(["127.0.0.1", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::ffff:7f00:1"])(
  "%s is this machine's own",
  (text) => {
    expect(isLoopback(text)).toBe(true);
  },
);

const part = fc.constantFrom(
  ":",
  "::",
  ".",
  "0",
  "1",
  "01",
  "ffff",
  "FFFF",
  "0x7f",
  "127.0.0.1",
  "1.2.3.4",
  "%e",
  "10.",
);
const oddText = fc.array(part, { maxLength: 9 }).map((parts) => parts.join(""));
const anyText = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4Extended(),
  oddText,
  oddText.map((text) => `::ffff:${text}`),
);

it("takes for an address only what Node takes for one, and answers with its plain text again", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const plain = plainAddress(text);
      expect(plain !== undefined).toBe(isIP(text) !== 0 && !text.includes("%"));
      if (plain === undefined) return;
      expect(plainAddress(plain)).toBe(plain);
      expect(plain).toMatch(/^[\d.]+$|^[\da-f:]+$/);
    }),
    { numRuns: 2000 },
  );
});

it("names the same address as Node does", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const plain = plainAddress(text) ?? "";
      const list = new BlockList();
      list.addAddress(text, isIPv6(text) ? "ipv6" : "ipv4");
      expect(list.check(plain, isIPv6(plain) ? "ipv6" : "ipv4")).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

it("one /64 is one address, and its neighbours are others", () => {
  expect(addressKey("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
  expect(addressKey("2001:db8:1:2::")).toBe("2001:db8:1:2::/64");
  expect(addressKey("2001:db8:1:3::1")).not.toBe(addressKey("2001:db8:1:2::1"));
  expect(addressKey("2001:db8::1")).toBe("2001:db8:0:0::/64");
  expect(addressKey("::1")).toBe("0:0:0:0::/64");
  expect(addressKey("203.0.113.9")).toBe("203.0.113.9");
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      fc.pre(!/\d+\.\d+\.\d+/.test(address));
      expect(addressKey(addressKey(address).replace("/64", "1"))).toBe(addressKey(address));
    }),
  );
});

it.each(["10.0.0.0/8", "192.168.1.1", "::1", "2001:db8::/32"])("takes %s for a network", (text) => {
  expect(isNetwork(text)).toBe(true);
});
it.each([
  "",
  "fe80::1%eth0",
  "fe80::%eth0/64",
  "10.0.0.0/33",
  "::/129",
  "10.0.0",
  "proxy",
  "10.0.0.0/",
  "10.0.0.0/8/8",
])("does not take %j for a network", (text) => {
  expect(isNetwork(text)).toBe(false);
});

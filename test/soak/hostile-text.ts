// Requests that no honest client writes, by chance: odd methods, upgrades of every form, lengths that lie, halves of all that.
import { ALICE } from "../support/relay-client.ts";
import type { Random } from "./random.ts";

const METHODS = [
  ...["GET", "GET", "GET", "POST", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "TRACE", "DELETE", "PATCH"],
  ...["PRI", "QUERY", "PROPFIND", "M-SEARCH", "get", "G ET", "", "\x00", "GET\t", "X".repeat(300)],
];
const TARGETS = [
  ...[
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/tools",
    "/v1/realtime",
    "/v1/realtime",
    "/v1/realtime?model=x",
  ],
  ...["/ephemeral-key", "/v1/chat/completions", "/v1/models", "/current_time?time_zone=UTC", "/client.js"],
  ...[
    "*",
    "//",
    "/%",
    "/%zz",
    "/%00",
    "/..%2f..",
    "/../../etc/passwd",
    "/v1/../healthz",
    "/\\x",
    "/\x80\xff",
  ],
  ...[
    "http://other/healthz",
    "http://[::1",
    "https://x:99999/",
    "localhost:80",
    "",
    "?",
    "#",
    "/a b",
    "/\x00",
  ],
  ...[`/?token=${ALICE}`, `/${"a".repeat(9000)}`, `/${"sk-".repeat(3000)}`, `/${" ".repeat(50)}x`],
];
const VERSIONS = [
  ...[
    "HTTP/1.1",
    "HTTP/1.1",
    "HTTP/1.1",
    "HTTP/1.1",
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/2.0",
    "HTTP/0.9",
    "HTTP/1.2",
  ],
  ...["HTTP/1.1 ", "http/1.1", "HTTP/", "", "RTSP/1.0"],
];
const UPGRADE = ["connection: upgrade", "upgrade: websocket"];
const KEY = ["sec-websocket-version: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="];
const FIELDS: readonly (readonly string[])[] = [
  ["host: localhost"],
  ["host: localhost", "host: other"],
  ["host: "],
  ["host: a b"],
  [`authorization: Bearer ${ALICE}`],
  ["authorization: Bearer nobody-0123456789"],
  UPGRADE,
  UPGRADE,
  [...UPGRADE, ...KEY],
  [...UPGRADE, ...KEY, `authorization: Bearer ${ALICE}`],
  [...UPGRADE, ...UPGRADE],
  ["connection: upgrade, http2-settings", "upgrade: h2c", "http2-settings: AAMAAABkAAQAoAAAAAIAAAAA"],
  ["connection: close, upgrade", "upgrade: h2c, websocket"],
  ["connection: close"],
  ["connection: keep-alive"],
  ["connection: content-length, host"],
  ["content-type: application/json"],
  ...["0", "1", "2", "5", "00", "-1", "+5", "5, 5", "5, 6", "0x5", "5 5", "9".repeat(30), "1e3", ""].map(
    (length) => [`content-length: ${length}`],
  ),
  ["content-length: 5", "content-length: 6"],
  ...[
    "chunked",
    "Chunked",
    "chunked, chunked",
    "gzip, chunked",
    "chunked, gzip",
    "identity",
    "\vchunked",
    "",
  ].map((coding) => [`transfer-encoding: ${coding}`]),
  ["transfer-encoding: chunked", "content-length: 5"],
  ["transfer-encoding : chunked"],
  ["expect: 100-continue"],
  ["expect: 200-ok"],
  ["te: trailers", "trailer: host"],
  ["x-folded: a", " b", "\tc"],
  [" leading: space"],
  ["no colon at all"],
  [": no name"],
  ["x-nul: \x00"],
  ["x-bytes: \x80\xff\x7f"],
  ["x-large: ".padEnd(20_000, "a")],
  Array.from({ length: 70 }, (_, at) => `x-${at}: ${at}`),
  Array.from({ length: 1100 }, () => "a:b"),
  [`x-forwarded-for: ${"127.0.0.1,".repeat(300)}`, `forwarded: ${'for="a",'.repeat(300)}`],
];
const BODIES = [
  ...[
    "",
    "",
    "a",
    "hello",
    "{}",
    '{"model":"gpt-5-mini","messages":[]}',
    "[".repeat(5000),
    "\x00".repeat(100),
  ],
  ...[
    "0\r\n\r\n",
    "5\r\nhello\r\n0\r\n\r\n",
    "5\r\nhel",
    "5;a=b\r\nhello\r\n0\r\nx: y\r\n\r\n",
    "-1\r\n",
    "zz\r\n",
  ],
  ...[
    "fffffffffffffffff\r\n",
    "0\r\nhost: other\r\n\r\n",
    `1;${"x".repeat(20_000)}\r\na\r\n0\r\n\r\n`,
    "1\na\n0\n\n",
  ],
];

const health = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

const oneRequest = (random: Random): string => {
  if (random.chance(0.15)) return health;
  const end = random.chance(0.9) ? "\r\n" : random.one(["\n", "\r", "\r\r\n", "\r\n "]);
  const fields = [random.chance(0.8) ? ["host: localhost"] : []];
  for (let count = random.below(5); count > 0; count -= 1) fields.push([...random.one(FIELDS)]);
  const plain = random.chance(0.6);
  const first = [
    plain ? "GET" : random.one(METHODS),
    random.one(TARGETS),
    plain ? "HTTP/1.1" : random.one(VERSIONS),
  ];
  return `${[first.join(" "), ...fields.flat(), "", ""].join(end)}${random.one(BODIES)}`;
};

/** What is written on one connection, and in how many pieces: one request, several at once, a half, or no HTTP at all. */
export const hostileText = (random: Random): string[] => {
  if (random.chance(0.03))
    return [Array.from({ length: random.below(400) }, () => String.fromCharCode(random.below(256))).join("")];
  if (random.chance(0.02)) return ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"];
  if (random.chance(0.02)) return ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"];
  let text = "";
  for (let count = 1 + (random.chance(0.4) ? random.below(5) : 0); count > 0; count -= 1)
    text += oneRequest(random);
  if (random.chance(0.2)) text = text.slice(0, random.below(text.length));
  if (random.chance(0.1)) {
    const at = random.below(text.length + 1);
    text = text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + random.below(2));
  }
  const pieces: string[] = [];
  while (random.chance(0.3) && text.length > 1 && pieces.length < 20) {
    const cut = 1 + random.below(Math.min(text.length - 1, 200));
    pieces.push(text.slice(0, cut));
    text = text.slice(cut);
  }
  return [...pieces, text];
};

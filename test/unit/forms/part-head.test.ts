// The header of a form's part: read in one way, or refused.
import { expect, it } from "vitest";
import { readPartHead } from "../../../server/forms/part-head.ts";

const FIELD = 'Content-Disposition: form-data; name="a"';

it.each([
  [FIELD, { name: "a", isFile: false, type: undefined, length: undefined }],
  ["content-disposition:form-data;name=a", { name: "a", isFile: false }],
  [`${FIELD}; filename="x.png"\r\nContent-Type: image/PNG`, { isFile: true, type: "image/png" }],
  ["Content-Disposition: form-data; name=\"f\"; filename*=utf-8''x", { name: "f", isFile: true }],
  ['Content-Disposition: form-data; name="expires_after[anchor]"', { name: "expires_after[anchor]" }],
  [`${FIELD}\r\nContent-Length: 12\r\nContent-Transfer-Encoding: 8bit`, { length: 12 }],
])("%j", (text, expected) => {
  expect(readPartHead(text)).toMatchObject(expected);
});

it.each([
  "",
  'Content-Disposition: attachment; name="a"',
  "Content-Disposition: form-data",
  `${FIELD}\r\n${FIELD}`,
  `${FIELD}; name="b"`,
  `${FIELD}\r\nX-Other: 1`,
  `${FIELD}\r\n folded`,
  `${FIELD}\r\nContent-Transfer-Encoding: base64`,
  `${FIELD}\r\nContent-Type: text/plain; charset=utf-16`,
  `${FIELD}\r\nContent-Length: -1`,
  'Content-Disposition: form-data; name="a\\"b"',
  'Content-Disposition: form-data; name="_charset_"',
  'Content-Disposition: form-data; name="a b"',
  "Content-Disposition: form-data; name*=utf-8''a",
  'Content-Disposition: form-data; name="a"; other=1',
])("%j is refused", (text) => {
  expect(() => readPartHead(text)).toThrow(expect.objectContaining({ code: "request-malformed" }));
});

// Certificates and keys as PEM, and what is said of those that cannot be used.
import { execFileSync } from "node:child_process";
import { afterAll, expect, it } from "vitest";
import { certificatesIn, readKeyPair } from "../../../server/net/key-pair.ts";
import { createAuthority } from "../../support/certificates.ts";

const authority = createAuthority();
afterAll(() => authority[Symbol.dispose]());
const own = authority.issue(["voice.example.com"], 30);
const other = authority.issue(["other.example.com"]);

it("knows until when a certificate is valid", () => {
  const { expiresAt } = readKeyPair(own.certificate, own.key);
  expect((expiresAt - Date.now()) / 86_400_000).toBeCloseTo(30, 1);
});

it("takes a chain, and what stands around it", () => {
  const chain = `subject=CN=voice\n${own.certificate}\n${authority.certificate}`;
  expect(certificatesIn(chain)).toHaveLength(2);
  expect(readKeyPair(chain, own.key).certificate).toBe(chain);
});

const locked = execFileSync("openssl", ["ec", "-in", own.keyFile, "-aes128", "-passout", "pass:x"], {
  stdio: "pipe",
}).toString();
const broken = own.certificate.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA");

it.each([
  ["no certificate", "", own.key, "the certificate: it holds no certificate in PEM"],
  ["a damaged certificate", broken, own.key, "the certificate: its certificate 1 cannot be read"],
  ["no key", own.certificate, "", "the key: it holds no private key in PEM"],
  [
    "the certificate in the key's place",
    own.certificate,
    own.certificate,
    "the key: it holds no private key in PEM",
  ],
  ["another's key", own.certificate, other.key, "the key is not that of the certificate"],
  ["a key with a passphrase", own.certificate, locked, "the key: it is locked with a passphrase"],
])("says what is wrong with %s", (_, certificate, key, words) => {
  expect(() => readKeyPair(certificate, key)).toThrow(words);
});

it("quotes no key in what it says", () => {
  const [, line = "?"] = own.key.split("\n");
  expect(() => readKeyPair(own.certificate, own.key.slice(0, 90))).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining(line) }),
  );
});

// Certificates of an authority of the tests' own, made by openssl in a folder of their own.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { trustAlso } from "../../server/net/trust.tls.ts";

export interface IssuedCertificate {
  certificateFile: string;
  keyFile: string;
  certificate: string;
  key: string;
}

export interface TestAuthority extends Disposable {
  folder: string;
  file: string;
  certificate: string;
  /** For these names or addresses; the first is its subject. */
  issue(names: readonly string[], days?: number): IssuedCertificate;
}

const CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Use with `using`. */
export const createAuthority = (): TestAuthority => {
  const folder = mkdtempSync(join(tmpdir(), "broker-tls-"));
  const at = (name: string) => join(folder, name);
  const openssl = (...words: string[]) => execFileSync("openssl", words, { stdio: "pipe" });
  const made = ["-x509", ...CURVE, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "2"];
  openssl("req", ...made, "-subj", "/CN=Authority of the tests");
  let issued = 0;
  return {
    folder,
    file: at("ca.pem"),
    certificate: readFileSync(at("ca.pem"), "utf8"),
    issue: (names, days = 90) => {
      issued += 1;
      const [key, certificate] = [at(`${issued}.key`), at(`${issued}.pem`)];
      const alternative = names.map((name) => `${/^[\d.]+$|:/.test(name) ? "IP" : "DNS"}:${name}`).join(",");
      const subject = ["-subj", `/CN=${names[0]}`, "-addext", `subjectAltName=${alternative}`];
      const signed = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-days", String(days)];
      openssl("req", "-x509", ...CURVE, "-keyout", key, "-out", certificate, ...subject, ...signed);
      const text = (file: string) => readFileSync(file, "utf8");
      return {
        certificateFile: certificate,
        keyFile: key,
        certificate: text(certificate),
        key: text(key),
      };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
};

/** Trusts it in this process. Use with `using`: afterwards things are as they were. */
export const trusting = ({ certificate }: TestAuthority): Disposable => {
  const before = getCACertificates("default");
  trustAlso([certificate]);
  return { [Symbol.dispose]: () => setDefaultCACertificates(before) };
};

/** Puts one certificate in another's place, as what renews certificates does. */
export const replaceFiles = (old: IssuedCertificate, next: IssuedCertificate): void => {
  copyFileSync(next.certificateFile, old.certificateFile);
  copyFileSync(next.keyFile, old.keyFile);
};

// The proof of `broker doctor`: good for a minute, with the service's own key.
import { expect, it } from "vitest";
import { doctorProof, isDoctorProof } from "../../../server/auth/doctor-proof.ts";
import { Secret } from "../../../server/secret.ts";

const key = new Secret("a-key-of-the-service-0123456789");
const now = Date.UTC(2026, 0, 1);
const proof = doctorProof(key, now);

it("holds for a minute", () => {
  expect(isDoctorProof(key, proof, now)).toBe(true);
  expect(isDoctorProof(key, proof, now + 59_999)).toBe(true);
  expect(isDoctorProof(key, proof, now + 60_000)).toBe(false);
});

it("holds with that key only, and as it is", () => {
  expect(isDoctorProof(new Secret("another-key"), proof, now)).toBe(false);
  const [name, endsAt, seal] = proof.split(".");
  for (const forged of [
    ...["", "doctor", `${name}.${Number(endsAt) + 1}.${seal}`, `${name}.${endsAt}.${seal?.slice(1)}`],
    ...[`${proof}A`, `${name}.${endsAt}.${"A".repeat(43)}`, `${name}.${"9".repeat(15)}.${seal}`],
  ]) {
    expect(isDoctorProof(key, forged, now)).toBe(false);
  }
});

it("holds for no longer than a few minutes, whatever its own clock said", () => {
  expect(isDoctorProof(key, doctorProof(key, now + 600_000), now)).toBe(false);
});

it("does not hold the key", () => {
  expect(proof).not.toContain("a-key");
});

// The proof by which `broker doctor` may ask a running service how its requests arrive: it knows the same key.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Secret } from "../secret.ts";

/** For the key that is derived of the service's own. */
export const DOCTOR_PURPOSE = "doctor";

const LIFE_MS = 60_000;
/** For clocks that differ: a proof may seem to live longer than it does. */
const MAX_LIFE_MS = 5 * LIFE_MS;

/** Good for a minute. It opens nothing else, so it may be sent through what stands in front. */
export const doctorProof = (key: Secret, now: number): string => {
  const endsAt = String(now + LIFE_MS);
  return `doctor.${endsAt}.${seal(key, endsAt)}`;
};

export const isDoctorProof = (key: Secret, proof: string, now: number): boolean => {
  const [, endsAt = "", given = ""] = /^doctor\.(\d{1,15})\.([\w-]{43})$/.exec(proof) ?? [];
  if (endsAt === "" || Number(endsAt) <= now || Number(endsAt) > now + MAX_LIFE_MS) return false;
  return timingSafeEqual(Buffer.from(given), Buffer.from(seal(key, endsAt)));
};

const seal = (key: Secret, text: string): string =>
  createHmac("sha256", key.reveal()).update(text).digest("base64url");

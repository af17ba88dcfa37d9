// A key's remaining life as the page shows it. The key limits the start of sessions, not their length.
import type { PageState } from "./page-state.ts";

export type KeyLife =
  | { kind: "none" }
  | { kind: "running"; seconds: number; share: number }
  | { kind: "expired"; sentence: string };

const sentences = {
  live: "Expired. The session goes on; a new start fetches a new key.",
  over: "Expired. A new start fetches a new key.",
};

/** The key's life at `now`. */
export const keyLife = ({
  key,
  keyLifetime,
  now,
  connection,
}: Pick<PageState, "key" | "keyLifetime" | "now" | "connection">): KeyLife => {
  if (!key) return { kind: "none" };
  const seconds = Math.max(0, Math.ceil(key.expires_at - now));
  if (seconds === 0)
    return { kind: "expired", sentence: connection === "live" ? sentences.live : sentences.over };
  return { kind: "running", seconds, share: Math.min(1, seconds / Math.max(1, keyLifetime)) };
};

/** Seconds as a clock shows them: `42 s`, `3:05`, `1:00:00`. */
export const clockText = (seconds: number): string => {
  if (seconds < 60) return `${seconds} s`;
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const tail = String(rest).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
};

// Numbers, money and times as operators read them.

const NANO = 1e9;

/** US dollars: cents where there are some, more digits where there are not. */
export const money = (nanoUsd: number): string => {
  const usd = nanoUsd / NANO;
  const digits = usd === 0 || usd >= 0.01 ? 2 : Math.min(6, 2 - Math.floor(Math.log10(usd)) - 1);
  return usd.toLocaleString("en-US", {
    ...{ style: "currency", currency: "USD" },
    ...{ minimumFractionDigits: 2, maximumFractionDigits: digits },
  });
};

/** For axes. */
export const shortMoney = (nanoUsd: number): string => {
  const usd = nanoUsd / NANO;
  if (usd !== 0 && usd < 10) return money(nanoUsd);
  return `$${short(usd)}`;
};

/** `1,234`. */
export const whole = (count: number): string => Math.round(count).toLocaleString("en-US");

/** `12.4M`. */
export const short = (count: number): string =>
  count.toLocaleString("en-US", { notation: "compact", maximumFractionDigits: count < 1000 ? 0 : 1 });

/** `840 ms`, `1.2 s`, `2 min`. */
export const duration = (ms: number): string => {
  if (ms === 0) return "0";
  if (ms < 1) return "<1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return `${Math.round(ms / 60_000)} min`;
};

/** `1:05`, `62:00`: the minutes and seconds of a conversation. */
export const lasting = (seconds: number): string => {
  const all = Math.floor(seconds);
  return `${Math.floor(all / 60)}:${String(all % 60).padStart(2, "0")}`;
};

/** `0.4%`. */
export const percent = (part: number, all: number): string => {
  if (all === 0) return "0%";
  const share = (100 * part) / all;
  if (share > 0 && share < 0.1) return "<0.1%";
  return `${share.toFixed(share < 10 && share !== Math.round(share) ? 1 : 0)}%`;
};

/** `14:03:21` today, else `20 Nov 14:03:21`. */
export const clockTime = (at: number, timeZone: string, now: number): string => {
  const time = new Intl.DateTimeFormat("en-GB", { timeZone, timeStyle: "medium" }).format(at);
  const day = new Intl.DateTimeFormat("en-GB", { timeZone, day: "numeric", month: "short" });
  return day.format(at) === day.format(now) ? time : `${day.format(at)} ${time}`;
};

/** `20 Nov 2026, 14:03:21`. */
export const fullTime = (at: number, timeZone: string): string =>
  new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "medium", timeStyle: "medium" }).format(at);

/** How a chart calls an hour or a day: short on the axis, whole in words. */
export const periodNames = (period: "hour" | "day", timeZone: string) => {
  const options: [Intl.DateTimeFormatOptions, Intl.DateTimeFormatOptions] =
    period === "hour"
      ? [
          { hour: "2-digit", minute: "2-digit" },
          { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
        ]
      : [
          { day: "numeric", month: "short" },
          { weekday: "short", day: "numeric", month: "short", year: "numeric" },
        ];
  const [brief, long] = options.map((each) => new Intl.DateTimeFormat("en-GB", { timeZone, ...each }));
  return { brief: (at: number) => brief?.format(at) ?? "", long: (at: number) => long?.format(at) ?? "" };
};

const steps = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** `3 minutes ago`. */
export const ago = (at: number, now: number): string => {
  const [unit, length] = steps.find(([, each]) => now - at >= each) ?? [];
  if (unit === undefined) return "just now";
  return new Intl.RelativeTimeFormat("en").format(-Math.floor((now - at) / length), unit);
};

const LONGEST_NAME = 36;

/** A name cut in its middle: callers of one identity provider begin alike, and differ at the end. */
export const briefName = (name: string): string =>
  name.length > LONGEST_NAME ? `${name.slice(0, 11)}…${name.slice(12 - LONGEST_NAME)}` : name;

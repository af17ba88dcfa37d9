// The schemas of `limits` and `roles` in broker.yaml, with defaults that fit a public demo for guests.
import { z } from "zod";
import { ownLimitsSchema, ratesSchema } from "../rates.ts";
import { inFlightSchema, socketsSchema } from "./concurrency.ts";

const rates = (standard: string) => ratesSchema.default(ratesSchema.parse(standard));

const jobSchema = (standard: Record<"everyone" | "guests" | "guest" | "caller", string>) =>
  z
    .strictObject({
      everyone: rates(standard.everyone).describe("All callers together."),
      guests: rates(standard.guests).describe("All guests together, where `callers.guests` is anyone."),
      guest: rates(standard.guest).describe(
        "One guest, which is one address, or the /64 of an IPv6 address.",
      ),
      caller: rates(standard.caller).describe(
        "One caller, where neither the caller nor a role of theirs has limits.",
      ),
    })
    .prefault({});

/** `limits` */
export const limitsSchema = z
  .strictObject({
    share_without_redis: z
      .number()
      .gt(0)
      .max(1)
      .default(0.25)
      .describe("The part of each limit that a replica gives out by itself while Redis does not answer."),
    address: rates("200 per second, 3000 per minute").describe("Every request of one address."),
    failed_authentication: rates("20 per minute, 200 per day").describe(
      "Refused credentials of one address. When it is used up, none are examined any more.",
    ),
    in_flight: inFlightSchema.describe("Requests that are being answered, of one caller at the same time."),
    sockets: socketsSchema.describe("Open WebSockets of one caller at the same time."),
    mints: jobSchema({
      everyone: "none",
      guests: "30 per minute, 500 per day",
      guest: "3 per minute, 20 per day",
      caller: "30 per minute, 1000 per day",
    }),
    tool_calls: jobSchema({
      everyone: "none",
      guests: "1200 per minute",
      guest: "60 per minute, 1000 per day",
      caller: "300 per minute",
    }),
    relays: jobSchema({
      everyone: "none",
      guests: "60 per minute, 1000 per day",
      guest: "10 per minute, 100 per day",
      caller: "300 per minute",
    }),
  })
  .prefault({});

/** `roles`: the first one that a caller has applies. */
export const roleLimitsSchema = z
  .record(z.string(), z.strictObject({ limits: ownLimitsSchema.prefault({}) }))
  .default({});

export type Limits = z.output<typeof limitsSchema>;
export type RoleLimits = z.output<typeof roleLimitsSchema>;

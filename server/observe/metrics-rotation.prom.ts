// The metrics of rotated keys: how old each is, when it is due, how far its replacement is, and when a step last failed.
import { Counter, Gauge, type Registry } from "prom-client";
import type { RotationMetrics } from "./metrics.ts";

export const rotationMetrics = (registers: Registry[]): RotationMetrics => {
  let read: Parameters<RotationMetrics["watchRotations"]>[0] = () => [];
  new Gauge({
    name: "broker_upstream_key_in_service_timestamp_seconds",
    help: "Since when the secret of a key with `rotate` is in service",
    labelNames: ["key"],
    registers,
    collect() {
      this.reset();
      for (const { name, inServiceSince } of read()) this.set({ key: name }, inServiceSince / 1000);
    },
  });
  new Gauge({
    name: "broker_upstream_key_rotation_due_timestamp_seconds",
    help: "When a key is to be replaced next; none where only a command does",
    labelNames: ["key"],
    registers,
    collect() {
      this.reset();
      for (const { name, dueAt } of read()) if (dueAt !== undefined) this.set({ key: name }, dueAt / 1000);
    },
  });
  new Gauge({
    name: "broker_upstream_key_rotation_state",
    help: "1 for the state in which the replacement of a key is; idle while there is none",
    labelNames: ["key", "state"],
    registers,
    collect() {
      this.reset();
      for (const { name, state } of read()) this.set({ key: name, state }, 1);
    },
  });
  new Gauge({
    name: "broker_upstream_key_rotation_failed_timestamp_seconds",
    help: "When a step of a rotation last failed; none where none did",
    labelNames: ["key"],
    registers,
    collect() {
      this.reset();
      for (const { name, failedAt } of read()) {
        if (failedAt !== undefined) this.set({ key: name }, failedAt / 1000);
      }
    },
  });
  const failures = new Counter({
    name: "broker_upstream_key_rotation_failures_total",
    help: "Steps of rotations that failed on this replica, by key",
    labelNames: ["key"],
    registers,
  });
  return {
    watchRotations: (next) => {
      read = next;
    },
    rotationFailed: (key) => failures.inc({ key }),
  };
};

#!/usr/bin/env node
// The command `realtime-key-broker`, also called `broker`. Plain JavaScript that every Node reads, to say which one is needed.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > 22 || (major === 22 && minor >= 19)) {
  const [command = ""] = process.argv.slice(2);
  if (command === "start" || command === "demo") {
    await import("./runtime.js");
    await import("./main.ts");
  } else if (command === "emulator") {
    await import("../emulator/main.ts");
  } else {
    await import("./cli/main.ts");
  }
} else {
  process.stderr.write(`realtime-key-broker needs Node 22.19 or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 1;
}

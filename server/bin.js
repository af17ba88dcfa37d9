#!/usr/bin/env node
// The command `realtime-key-broker`, also called `broker`.
import "./check-node.js";

const [command, ...more] = process.argv.slice(2);
// They take no options: the command line explains what follows them.
if ((command === "start" || command === "demo") && more.length === 0) {
  await import("./runtime.js");
  await import("./main.ts");
} else if (command === "emulator") {
  // Its options follow the command, as they follow the program where it runs by itself.
  process.argv.splice(2, 1);
  await import("../emulator/main.ts").catch((cause) => {
    process.stderr.write(
      `The emulator is not installed; install without --omit=optional. (${cause.message})\n`,
    );
    process.exitCode = 1;
  });
} else {
  await import("./cli/main.ts");
}

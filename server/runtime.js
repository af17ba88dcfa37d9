// Refuses a Node that is too old; V8's settings and Node's compile cache. Every start loads this file first. It is plain JavaScript: from the second start on,
// Node's compiler for types is then never loaded, which saves 20 MiB.
import module from "node:module";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

// An older one fails at the first file in TypeScript, or at what it does not have, with no word of the reason.
const OLDEST_NODE = 24;
if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  process.stderr.write(
    `realtime-key-broker needs Node ${OLDEST_NODE} or newer, and this is ${process.versions.node}. \`npm ci\` installs one for \`npm start\`, unless it leaves out the development packages.\n`,
  );
  process.exit(1);
}

// Allocation-site pretenuring: after a burst of connections V8 would allocate short-lived objects straight in the old heap, where
// small collections free nothing. Measured: each later request then costs up to twice as much.
setFlagsFromString("--no-allocation-site-pretenuring");

// Small collections on demand, for relayed bytes (upstream/minor-gc.v8.ts), and one large collection after the start. Measured: a
// gibibyte is relayed in 166 MiB with them, and in 240 without.
setFlagsFromString("--expose-gc");
globalThis.gc = runInNewContext("gc");

// The flags are part of the cache's key, so they come first.
module.enableCompileCache();

// V8's settings and Node's compile cache. Every start loads this file first. It is plain JavaScript: from the second start on, Node's
// compiler for types is then never loaded, which saves 20 MiB.
import "./check-node.js";
import module from "node:module";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

// Allocation-site pretenuring: after a burst of connections V8 would allocate short-lived objects straight in the old heap, where
// small collections free nothing. Measured: each later request then costs up to twice as much.
setFlagsFromString("--no-allocation-site-pretenuring");

// Small collections on demand, for relayed bytes (upstream/minor-gc.v8.ts), and one large collection after the start. Measured: a
// gibibyte is relayed in 166 MiB with them, and in 240 without.
setFlagsFromString("--expose-gc");
globalThis.gc = runInNewContext("gc");

// The flags are part of the cache's key, so they come first.
module.enableCompileCache();

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

// V8's memory reducer: eight seconds after a large collection V8 collects again if there is little to do, and then drops the hidden
// classes of which no object is alive just then, with all optimized code that relies on them. Measured: with pauses of ten seconds a
// relayed request costs 360 us of processor time, and 205 without this. So V8 waits ten minutes, and then gives the memory back.
const [nodeVersion] = process.versions.node.split(".").map(Number);
const reducerDelay = nodeVersion < 26 ? "gc-memory-reducer-start-delay-ms" : "memory-reducer-delay-ms";
setFlagsFromString(`--${reducerDelay}=600000`);

// The flags are part of the cache's key, so they come first.
module.enableCompileCache();

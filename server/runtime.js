// V8's settings and Node's compile cache. Loaded before everything else by every start, and plain JavaScript: Node's
// compiler for types is then not even loaded from the second start on, which saves time and memory.
import { enableCompileCache } from "node:module";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

// V8 moves what one line of code allocates straight into the old heap when most of it survives for a moment, as it does in
// a burst of connections. Afterwards nothing of it is freed by small collections any more: a request cost twice as much.
setFlagsFromString("--no-allocation-site-pretenuring");

// Small collections on demand, for bytes that pass through (upstream/minor-gc.v8.ts).
setFlagsFromString("--expose-gc");
globalThis.gc = runInNewContext("gc");

// The flags are part of the cache's key, so they come first.
enableCompileCache();

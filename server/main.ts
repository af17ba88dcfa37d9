// The entry. The only place that reads the environment.
import { enableCompileCache } from "node:module";

// Kept in the system's folder for temporary files, where one is writable. From the second start on nothing is compiled
// or stripped of types again: it starts faster, and needs less memory.
enableCompileCache();

const { start } = await import("./start.ts");
await start(process.env, process.argv.slice(2));

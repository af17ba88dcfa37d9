// Loaded before everything else by `npm start`, and plain JavaScript: the cache keeps what is compiled, and freed of types,
// in the system's folder for temporary files. From the second start on Node's compiler for types is not even loaded, which
// saves time and memory.
import { enableCompileCache } from "node:module";

enableCompileCache();

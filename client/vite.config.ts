// Builds the browser module: one minified file without dependencies, dist/client/client.js.
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  build: {
    lib: { entry: "index.ts", formats: ["es"], fileName: () => "client.js" },
    outDir: "../dist/client",
    emptyOutDir: true,
    target: "es2022",
    // The default leaves a library's white space in.
    rolldownOptions: { output: { minify: true, comments: false } },
  },
});

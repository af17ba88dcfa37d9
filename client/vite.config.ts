// Builds the browser module: dist/client/client.js, minified and without dependencies, and challenge.js, which it loads
// where the broker asks guests for a proof of work.
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
    rolldownOptions: { output: { minify: true, comments: false, chunkFileNames: "[name].js" } },
  },
});

// Builds dist/client/live.js, the client's part for GPT-Live: alone, since a part shares no code with another.
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  build: {
    lib: { entry: { live: "live/index.ts" }, formats: ["es"] },
    outDir: "../dist/client",
    emptyOutDir: false,
    target: "es2022",
    rolldownOptions: { output: { minify: true, comments: false, entryFileNames: "[name].js" } },
  },
});

// Builds the client's other parts beside dist/client/client.js, each a module of its own: realtime.js for plain WebRTC,
// agents.js for OpenAI's Agents SDK, react.js for React, which imports the first and client.js.
import { defineConfig } from "vite";

// What react.js imports; the bundler sees the sources' names.
const modules: Record<string, string> = {
  "../index.ts": "./client.js",
  "../realtime/index.ts": "./realtime.js",
};

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  plugins: [
    {
      name: "other-parts",
      enforce: "pre",
      resolveId: (source) => {
        const id = modules[source];
        return id ? { id, external: "absolute" } : null;
      },
    },
  ],
  build: {
    lib: {
      entry: { realtime: "realtime/index.ts", agents: "agents/index.ts", react: "react/index.ts" },
      formats: ["es"],
    },
    outDir: "../dist/client",
    emptyOutDir: false,
    target: "es2022",
    rolldownOptions: {
      external: ["react"],
      output: {
        minify: true,
        comments: false,
        entryFileNames: "[name].js",
        // React's server components import a hook as the browser's.
        banner: ({ name }) => (name === "react" ? '"use client";' : ""),
      },
    },
  },
});

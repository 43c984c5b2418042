// The build of the terminal, and its development server.
//
// `npm run dev` forwards the REST calls to a running venue (OUTCRY_URL), so the page has one origin, as in production.

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const venueUrl = process.env["OUTCRY_URL"] ?? "http://127.0.0.1:3005";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  server: { proxy: { "/api": venueUrl } },
  build: {
    target: "es2022",
    // Fonts stay separate files: a strict content policy forbids data: addresses.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        // The chart library has a name of its own, because the size budget excludes it.
        codeSplitting: {
          groups: [
            { name: "lightweight-charts", test: /node_modules[\\/](lightweight-charts|fancy-canvas)/ },
          ],
        },
      },
    },
  },
});

/** How the browser app is built, served while it is written, and unit-tested. */

import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { compress } from './build/compress.ts';
import { versionFile, versionOf } from './build/version.ts';

const version = versionOf(fileURLToPath(new URL('package.json', import.meta.url)));
const mesh = process.env.MESH_URL ?? 'http://127.0.0.1:8080';
/** The mesh believes only its own origin, so requests are made to look as if they came from there. */
const proxy = { '/api': { target: mesh, ws: true, changeOrigin: true, headers: { origin: mesh } } };

export default defineConfig({
  plugins: [
    react(),
    versionFile(version),
    compress(fileURLToPath(new URL('dist', import.meta.url))),
  ],
  define: {
    __VERSION__: JSON.stringify(version.version),
    __COMMIT__: JSON.stringify(version.commit),
  },
  build: {
    target: 'es2022',
    // The policy allows data: for pictures only; files of their own are cached as well.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ['index.html', 'api/docs/index.html'] },
    // Swagger UI is one file of 1.7 MB, which only its own page loads.
    chunkSizeWarningLimit: 2000,
  },
  css: {
    preprocessorOptions: {
      // Bootstrap 5 is written in the older module system of Sass; nothing to do about it here.
      scss: { quietDeps: true, silenceDeprecations: ['import', 'if-function'] },
    },
  },
  server: { proxy },
  preview: { proxy },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts', 'src/**/*.test.tsx'] },
});

import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

/** The server that `vite web` passes requests on to while the page is being worked on. */
const server = process.env.VISAVIS_DEV_SERVER ?? 'http://localhost:8080';

export default defineConfig({
  root: here,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The page is served with a policy that forbids inline scripts, styles and data addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { '/api': { target: server, ws: true, secure: false, changeOrigin: false } },
  },
  preview: {
    proxy: { '/api': { target: server, ws: true, secure: false, changeOrigin: false } },
  },
});

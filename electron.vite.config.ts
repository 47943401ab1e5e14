/** @file How the four bundles are built: main (with the engine, queries and the command line), preload, renderer. It knows entry points and what must stay outside a bundle. */
import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'
import packageJson from './package.json' with { type: 'json' }

/** Modules that load a shared library beside their own files, so they cannot move into a bundle. */
const nativeModules = ['better-sqlite3', 'onnxruntime-node']
/** The rest is bundled: one file loads faster than a thousand, and the package needs no other node_modules. */
const bundledModules = Object.keys(packageJson.dependencies).filter((name) => !nativeModules.includes(name))
const path = (...parts: string[]): string => resolve(import.meta.dirname, ...parts)

export default defineConfig({
  main: {
    build: {
      target: 'node24',
      externalizeDeps: { exclude: bundledModules, include: nativeModules },
      rolldownOptions: {
        input: {
          index: path('src/main/desktop/index.ts'),
          memgen: path('src/main/headless/memgen.ts'),
          engine: path('src/main/engine/entry.ts'),
          packing: path('src/main/engine/runtime/packing-entry.ts'),
          query: path('src/main/log/query-entry.ts'),
          'latent-worker': path('src/main/latents/worker-entry.ts'),
          'parquet-worker': path('src/main/tasks/parquet-worker-entry.ts'),
          'index-worker': path('src/main/tasks/retrieval/index-worker-entry.ts'),
          'search-worker': path('src/main/tasks/retrieval/search-worker-entry.ts'),
        },
        // Shared chunks lie beside the entries, so that `import.meta.dirname` is out/main in every one of them.
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      target: 'node24',
      // A sandboxed preload can require nothing but electron: one CommonJS file.
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: path('src/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: path('src/renderer'),
    plugins: [vue()],
    build: {
      target: 'chrome140',
      // electron-vite leaves it off, and a browser parses the whole page before it shows anything.
      minify: true,
      // One file that comes from the same machine: nothing is gained by splitting it.
      chunkSizeWarningLimit: 2000,
      rolldownOptions: { input: path('src/renderer/index.html') },
    },
  },
})

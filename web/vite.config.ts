import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [svelte(), keep(), pack()],
  build: {
    target: 'es2023',
    // Data addresses would need a looser content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
    // What every view needs is one file: many small ones pack worse and arrive later.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'shared',
              test: /node_modules\/svelte|src\/(api|live|format|router|place|drafts|ui\/(Glyph|glyphs|Failed|Dialog|Avatar|Ring|clock)|words\/(plural|language)|frame\/(session|theme|Later|Choices|Logo)|field\/people|board\/(say|state))/,
            },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': process.env.VORONKA_URL ?? 'http://127.0.0.1:8080' } },
  resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
})

/** Building empties dist; the placeholder that lets Go embed the folder must outlive that. */
function keep() {
  return {
    name: 'keep',
    generateBundle(this: { emitFile(file: { type: 'asset'; fileName: string; source: string }): void }) {
      this.emitFile({
        type: 'asset',
        fileName: '.keep',
        source:
          'The browser application is built into this folder by `npm ci && npm run build`; the file keeps it there for web/embed.go.\n',
      })
    },
  }
}

/** A packed twin beside every text of the build: the server sends it as it is. */
function pack() {
  return {
    name: 'pack',
    writeBundle({ dir }: { dir?: string }) {
      for (const name of readdirSync(dir!, { recursive: true, encoding: 'utf8' })) {
        if (/\.(js|css|html|svg)$/.test(name))
          writeFileSync(join(dir!, `${name}.gz`), gzipSync(readFileSync(join(dir!, name)), { level: 9 }))
      }
    },
  }
}

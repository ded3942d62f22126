// The demo as a visitor finds it: a quarter of a year of leads and deals, and people who enter by one click.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binary, freePort } from './school.mjs'

export async function openDemo() {
  if (process.env.VORONKA_URL) return { url: process.env.VORONKA_URL, close: () => {} }
  const data = mkdtempSync(join(tmpdir(), 'voronka-demo-'))
  const port = await freePort()
  const child = spawn(binary, ['demo', '--data', data, '--listen', `127.0.0.1:${port}`, '--no-story'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const url = `http://127.0.0.1:${port}`
  const demo = {
    url,
    close: () => {
      child.kill('SIGKILL')
      rmSync(data, { recursive: true, force: true })
    },
  }
  for (let n = 0; n < 240; n++) {
    const answer = await fetch(`${url}/api/v1/demo`).catch(() => null)
    if (answer?.ok) return demo
    await new Promise((done) => setTimeout(done, 250))
  }
  demo.close()
  throw new Error('the demo did not start')
}

// The application in a real browser against a real server: `npm run e2e [words of a test's name]`.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as axe from './axe.mjs'
import * as board from './board.mjs'
import { chrome, launch } from './browser.mjs'
import * as diagrams from './diagrams.mjs'
import * as frame from './frame.mjs'
import * as reports from './reports.mjs'
import * as sale from './sale.mjs'
import { open } from './school.mjs'

if (!chrome) {
  console.log('e2e: skipped, there is no Chromium here (apt-get install chromium)')
  process.exit(process.env.CI === 'true' ? 1 : 0)
}

const tests = [frame, sale, board, diagrams, reports, axe].flatMap((m) => m.tests)
const wanted = process.argv.slice(2).join(' ').toLowerCase()
const chosen = tests.filter(([name]) => name.toLowerCase().includes(wanted))
const school = await open()
const browser = await launch()
// However the run ends, its server ends with it.
process.on('exit', () => school.close())
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    school.close()
    process.exit(1)
  })
}
let failed = 0
for (const [name, run] of chosen) {
  const began = Date.now()
  try {
    const said = await run({ browser, school })
    console.log(`ok    ${name} (${Date.now() - began} ms)${said ? `: ${said}` : ''}`)
  } catch (problem) {
    failed++
    console.log(`FAIL  ${name} (${Date.now() - began} ms)\n      ${String(problem.stack ?? problem).replaceAll('\n', '\n      ')}`)
    for (const [n, context] of browser.contexts().entries()) {
      for (const page of context.pages()) await page.screenshot({ path: join(tmpdir(), `e2e-failed-${n}.png`) }).catch(() => {})
    }
  }
  await Promise.all(browser.contexts().map((context) => context.close()))
}
await browser.close()
school.close()
console.log(failed ? `${failed} of ${chosen.length} failed` : `all ${chosen.length} passed`)
process.exit(failed ? 1 : 0)

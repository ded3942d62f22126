// The pictures of the README, from the demo: `npm run screenshots`.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chrome, enter, launch } from './browser.mjs'
import { openDemo } from './demo.mjs'

if (!chrome) {
  console.error('screenshots: there is no Chromium here (apt-get install chromium)')
  process.exit(1)
}

const folder = join(import.meta.dirname, '../screenshots')
mkdirSync(folder, { recursive: true })
const demo = await openDemo()
const browser = await launch()

async function as(name, options) {
  const page = await enter(browser, demo.url, '/', null, null, options)
  await page.locator('li button', { hasText: name }).first().click()
  await page.locator('#search').waitFor({ state: 'attached' })
  return page
}

async function shoot(page, name) {
  await page.waitForTimeout(400)
  await page.screenshot({ path: join(folder, `${name}.png`) })
  console.log(`screenshots/${name}.png`)
  await page.context().close()
}

try {
  for (const language of ['ru', 'en']) {
    const board = await as('Юля', { language })
    await board.goto(`${demo.url}/board/deals_b2c`)
    const papers = board.locator('section[data-stage=collect_documents]')
    await papers.locator('[data-card] a').last().focus()
    await board.keyboard.press('Space')
    await papers.locator('.answer.here').waitFor()
    await board.keyboard.press('ArrowRight')
    await shoot(board, `board-${language}`)

    const gate = await as('Юля', { language })
    await gate.goto(`${demo.url}/board/deals_b2c`)
    await gate.locator('section[data-stage=collect_documents] [data-card] a').last().focus()
    await gate.keyboard.press('KeyM')
    await gate.locator('dialog .asks').first().click()
    await gate.locator('dialog h2').waitFor()
    await shoot(gate, `gate-${language}`)

    const card = await as('Ольга', { language, theme: language === 'en' ? 'dark' : 'light' })
    await card.goto(`${demo.url}/board/deals_b2c`)
    await card.locator('section[data-stage=sign_contract] [data-card] a').last().click()
    await card.locator('.djs-container .here').waitFor()
    await shoot(card, `card-${language}`)

    const heat = await as('Вадим', { language })
    await heat.goto(`${demo.url}/reports/deals_b2c`)
    await heat.locator('.djs-container .badge.figure').first().waitFor()
    await shoot(heat, `heatmap-${language}`)

    const phone = await as('Юля', { language, phone: true })
    await phone.goto(`${demo.url}/board/deals_b2c?stage=train`)
    await phone.locator('[data-card]').first().waitFor()
    await shoot(phone, `phone-${language}`)
  }
} finally {
  await browser.close()
  demo.close()
}

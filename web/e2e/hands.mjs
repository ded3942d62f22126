// What the tests do with their hands: come in, find, fill, choose, drag.
import { enter as enterAt } from './browser.mjs'
import { password } from './school.mjs'

/** Somebody at a page of the school; nobody where the login is null. */
export const enter = ({ browser, school }, login, path = '/', options = {}) => enterAt(browser, school.url, path, login, password, options)

export const card = (page, title) => page.locator('[data-card]', { hasText: title }).first()
export const column = (page, stage) => page.locator(`section[data-stage="${stage}"]`)
export const visit = (page, path) => page.goto(new URL(path, page.url()).href)

/** Goes to another view as a link does, without loading the page anew. */
export const follow = (page, path) =>
  page.evaluate((to) => {
    history.pushState(null, '', to)
    dispatchEvent(new PopStateEvent('popstate'))
  }, path)

/** The move menu of a card. */
export async function menuOf(page, title) {
  await card(page, title).hover()
  await card(page, title).locator('.move').click()
  await page.locator('dialog .menu-item').first().waitFor()
}

export async function drag(page, from, to) {
  const [a, b] = [await from.boundingBox(), await to.boundingBox()]
  await page.mouse.move(a.x + 60, a.y + 30)
  await page.mouse.down()
  await page.mouse.move(a.x + 80, a.y + 40, { steps: 4 })
  await page.mouse.move(b.x + b.width / 2, b.y + 160, { steps: 8 })
}

export async function choose(page, scope, key, file) {
  const [picker] = await Promise.all([page.waitForEvent('filechooser'), page.locator(`${scope} button[data-key="${key}"]`).click()])
  await picker.setFiles(file)
}
export const photo = (name = 'foto.png') => ({ name, mimeType: 'image/png', buffer: Buffer.from('89504e470d0a1a0a', 'hex') })

/** Fills the fields of a form by their keys. */
export async function fill(page, scope, values) {
  for (const [key, value] of Object.entries(values)) await page.locator(`${scope} [data-key="${key}"]`).first().fill(value)
}

/** A list of values is a select where it is long, and a row of buttons where it is short. */
export async function pick(page, scope, key, code, label) {
  const input = page.locator(`${scope} [data-key="${key}"]`).first()
  if (await input.evaluate((e) => e.matches('select'))) await input.selectOption(code)
  else await input.locator('label', { hasText: label }).click()
}

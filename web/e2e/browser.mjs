// A real Chromium, and a person in it.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

export const chrome = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))

export function launch() {
  return chromium.launch({
    executablePath: chrome,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
}

/** A window of nobody yet. */
export async function window(browser, { language = 'ru', theme = 'light', phone = false, width = 1440, height = 900 } = {}) {
  const context = await browser.newContext({
    viewport: phone ? { width: 390, height: 844 } : { width, height },
    ...(phone ? { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } : {}),
    locale: language === 'ru' ? 'ru-RU' : 'en-GB',
    timezoneId: 'Europe/Moscow',
    colorScheme: theme,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  return page
}

/** Signs in as a person does, by the form. */
export async function signIn(page, login, password) {
  const name = page.locator('input[autocomplete=username]')
  await name.waitFor({ state: 'attached' })
  const folded = page.locator('summary')
  if (await folded.count()) await folded.click()
  await name.fill(login)
  await page.locator('input[autocomplete=current-password]').fill(password)
  await page.locator('form button').click()
  await page.locator('#search').waitFor({ state: 'attached' })
}

/** A window of somebody who has signed in before. */
export async function enter(browser, url, path, login, password, options) {
  const page = await window(browser, options)
  if (login) await page.context().request.post(`${url}/api/v1/session`, { data: { login, password } })
  await page.goto(url + path)
  return page
}

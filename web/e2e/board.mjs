// The board: holding, dropping, seeing others move.
import assert from 'node:assert/strict'
import { card, column, drag, enter, visit } from './hands.mjs'
import { consultation } from './school.mjs'

export const tests = [
  [
    'a card says what it is, what is missing and how far it is',
    async (world) => {
      const page = await enter(world, 'vadim', '/board/deals_b2c')
      const olesya = card(page, 'Олеся Тарасова')
      await olesya.waitFor()
      assert.match(await olesya.locator('.next').textContent(), /Нет: паспорт, адрес регистрации, СНИЛС, фото 3×4/)
      assert.match(await olesya.textContent(), /B · Автомат · Север/)
      await card(page, 'Ева Морозова')
        .waitFor({ timeout: 1000 })
        .catch(() => page.locator('.pillar button').first().click())
      const eva = card(page, 'Ева Морозова')
      await eva.locator('.track').nth(2).waitFor()
      assert.match(await eva.locator('.track').nth(1).textContent(), /Откатать вождение.*12 из 54.ч/)
      assert.match(await eva.locator('.next').textContent(), /Нет: .*медсправка/i)

      // Late, it still says what to do first, and that it is late.
      await page.clock.setFixedTime(new Date(Date.now() + 5000))
      await page.route(/\/api\/v1\/funnels\/[^/]+\/board/, async (route) => {
        const answer = await route.fetch()
        const board = await answer.json()
        for (const column of board.columns)
          for (const c of column.cards) if (c.title === 'Олеся Тарасова') c.due = new Date(Date.now() - 3_600_000).toISOString()
        await route.fulfill({ response: answer, json: board })
      })
      await page.reload()
      await card(page, 'Олеся Тарасова').locator('svg.broken').waitFor()
      await page.unrouteAll({ behavior: 'wait' }) // an answer on its way outlives no window
    },
  ],

  [
    'drag by mouse lights the columns, refuses, and moves',
    async (world) => {
      const page = await enter(world, 'denis', '/board/deals_b2c')
      await card(page, 'Игорь Савин').waitFor()
      await drag(page, card(page, 'Игорь Савин'), column(page, 'choose_programme'))
      await column(page, 'choose_programme').locator('.asks').waitFor()
      await page.locator('.bar .reject').waitFor()
      assert.match(await column(page, 'hold_consultation').locator('.answer').textContent(), /Стоит здесь/)
      assert.match(await column(page, 'sign_contract').locator('.answer').textContent(), /Нельзя|Спросит/)
      await page.mouse.up()
      const gate = page.locator('dialog')
      await gate.locator('h2').waitFor()
      await gate.locator('[data-key=consult_at]').fill('2026-11-20T10:00')
      await gate.locator('[data-key=consult_form] label').nth(1).click()
      await gate.locator('[data-key=objections] input').first().check()
      await gate.locator('.button.way').click()
      await column(page, 'choose_programme').locator('[data-card]', { hasText: 'Игорь Савин' }).waitFor()
    },
  ],

  [
    'drag by keyboard says each answer',
    async (world) => {
      const page = await enter(world, 'olga', '/board/deals_b2c')
      await card(page, 'Кирилл Осипов').locator('a').focus()
      await page.keyboard.press('Space')
      await page.locator('.bar').waitFor()
      await page.keyboard.press('ArrowRight')
      await page.locator('[aria-live=assertive]', { hasText: /Выбрать программу.*Спросит/ }).waitFor({ state: 'attached' })
      await page.keyboard.press('Escape')
      await page.locator('.bar').waitFor({ state: 'detached' })
      await page.waitForFunction(() => document.activeElement.textContent.includes('Кирилл Осипов'))
      await page.keyboard.press('ArrowDown')
      await page.waitForFunction(() => document.activeElement.textContent.includes('Полина Жукова'))
      await page.keyboard.press('KeyM')
      await page.locator('dialog .menu-item').first().waitFor()
      await page.keyboard.press('Escape')
      await page.waitForFunction(() => document.activeElement.textContent.includes('Полина Жукова'))
      await page.keyboard.press('Space')
      await page
        .locator('[aria-live=assertive]', { hasText: /Полина Жукова в руке, из «Провести консультацию»/ })
        .waitFor({ state: 'attached' })
      for (let n = 0; n < 5; n++) await page.keyboard.press('ArrowRight')
      await page.locator('[aria-live=assertive]', { hasText: 'Отказ. Enter откроет причины' }).waitFor({ state: 'attached' })
      await page.keyboard.press('Enter')
      await page.locator('dialog h2', { hasText: 'Почему клиент отказался?' }).waitFor()
      await page.keyboard.press('Escape')
      await page.waitForFunction(() => document.activeElement.textContent.includes('Полина Жукова'))
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/cards\//)
      await page.goBack()
      await page.waitForURL(/\/board\//)
    },
  ],

  [
    'drag by touch',
    async (world) => {
      const page = await enter(world, 'olga', '/board/deals_b2c', { phone: true })
      await card(page, 'Алина Гусева').waitFor()
      const touch = await page.context().newCDPSession(page)
      const box = await card(page, 'Алина Гусева').boundingBox()
      const goal = await page.locator('nav [data-stage=choose_programme]').boundingBox()
      const point = (x, y) => [{ x: Math.round(x), y: Math.round(y) }]
      await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: point(box.x + 60, box.y + 40) })
      await page.locator('.bar').waitFor()
      await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: point(goal.x + 15, goal.y + 40) })
      await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: point(goal.x + 15, goal.y + 20) })
      await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
      await page.locator('dialog h2', { hasText: 'не хватает' }).waitFor()
    },
  ],

  [
    'a move in one window is seen in another within a second',
    async (world) => {
      const one = await enter(world, 'olga')
      const two = await enter(world, 'denis', '/board/deals_b2c')
      await card(two, 'Полина Жукова').waitFor()
      const hands = await world.school.as('olga')
      const board = await hands('GET', '/funnels/deals_b2c/board')
      const found = board.columns[0].cards.find((c) => c.title === 'Полина Жукова')
      await two.waitForTimeout(500)
      const began = Date.now()
      await hands('POST', `/cards/${found.id}/advance`, { fields: consultation })
      await column(two, 'choose_programme').locator('[data-card]', { hasText: 'Полина Жукова' }).waitFor({ timeout: 3000 })
      const took = Date.now() - began
      assert.ok(took < 1000, `it took ${took} ms`)
      await one.close()
      return `${took} ms`
    },
  ],

  [
    'filters stand in the address',
    async (world) => {
      const page = await enter(world, 'olga', '/board/deals_b2c?owner=denis')
      await card(page, 'Николь Ващенко').waitFor()
      assert.equal(await card(page, 'Яна Соболь').count(), 0)
      await page.locator('[popovertarget=filters]').click()
      await page.locator('#filters input[type=search]').fill('ващенко')
      await page.waitForURL(/q=/)
      await page.locator('#filters .button').click()
      await card(page, 'Яна Соболь').waitFor()
      await visit(page, '/board/deals_b2c?overdue=true')
      await page.getByText('С такими условиями никого нет').waitFor()
      await page.locator('section.empty .button').click()
      await card(page, 'Яна Соболь').waitFor()
      await visit(page, '/board/deals_b2c?field.category=A')
      await card(page, 'Артём Фомин').waitFor()
      assert.equal(await card(page, 'Яна Соболь').count(), 0)
    },
  ],

  [
    'a board of very many cards opens at once',
    async (world) => {
      const many = Number(process.env.VORONKA_MANY ?? 3000)
      const hands = await world.school.as('olga')
      const began = Date.now()
      let made = 0
      await Promise.all(
        Array.from({ length: 32 }, async () => {
          while (made < many) {
            const n = made++
            await hands('POST', '/cards', { funnel: 'deals_b2c', fields: { full_name: `Клиент ${n}`, owner: n % 2 ? 'olga' : 'denis' } })
          }
        }),
      )
      const seeded = Date.now() - began
      const times = []
      for (let n = 0; n < 20; n++) {
        const at = performance.now()
        await hands('GET', '/funnels/deals_b2c/board?limit=50')
        times.push(performance.now() - at)
      }
      times.sort((a, b) => a - b)
      const page = await enter(world, 'olga', '/search')
      const at = Date.now()
      await visit(page, '/board/deals_b2c')
      await card(page, 'Клиент').waitFor()
      const ready = Date.now() - at
      const drawn = await page.locator('[data-card]').count()
      assert.ok(drawn < 200, `${drawn} cards are drawn`)
      const frames = await page.evaluate(async () => {
        const scroll = document.querySelector('section[data-stage=hold_consultation] .scroll')
        const gaps = []
        let last = performance.now()
        for (let n = 0; n < 120; n++) {
          scroll.scrollTop = n * 60
          await new Promise(requestAnimationFrame)
          const now = performance.now()
          gaps.push(now - last)
          last = now
        }
        return 1000 / (gaps.reduce((a, b) => a + b, 0) / gaps.length)
      })
      return `${many} cards made in ${(seeded / 1000).toFixed(1)} s; server p95 ${times[18].toFixed(0)} ms; ready in ${ready} ms; ${drawn} drawn; ${frames.toFixed(0)} frames a second`
    },
  ],
]

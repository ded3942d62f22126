// A sale by clicks, with its refusals.
import assert from 'node:assert/strict'
import { card, choose, column, enter, fill, menuOf, photo, pick, visit } from './hands.mjs'
import { consultation } from './school.mjs'

/** Fills in and finishes the stage of the contract, with a schedule that first does not give the amount. */
async function sign(olga, amount) {
  const form = 'form[data-task=sign_contract]'
  await olga.locator(`${form} .button.way`).click()
  await olga.locator(`${form} [data-gap]`).first().waitFor()
  await fill(olga, form, { contract_no: `ПВ-2026-north-${amount}`, contract_date: '2026-11-21' })
  await olga.locator(`${form} [data-key=sign_way] label`).first().click()
  await choose(olga, form, 'contract_file', photo('dogovor.png'))
  const schedule = olga.locator(`${form} [data-field=schedule_pay] input`)
  await schedule.nth(0).fill('2026-12-01')
  await schedule.nth(1).fill('50000')
  await schedule.nth(1).blur()
  await olga.locator(`${form} .rule`).waitFor()
  assert.match(await olga.locator(`${form} .rule`).textContent(), /сумм/i, 'the rule says what must hold')
  await schedule.nth(1).fill(amount)
  await schedule.nth(1).blur()
  await olga.locator(`${form} .ready`).waitFor()
  await olga.locator(`${form} .button.way`).click()
  await olga.locator('section h2', { hasText: 'Получить предоплату' }).waitFor()
}

export const tests = [
  [
    'a deal goes from a new lead to a signed contract by clicks',
    async (world) => {
      const irina = await enter(world, 'irina', '/new/leads')
      await fill(irina, 'main', { full_name: 'Вероника Лунёва', phone: '+7 911 777-01-02' })
      await irina.locator('main [data-key=source]').selectOption('yandex_direct')
      await irina.locator('main [data-key=comm_channel]').selectOption('phone')
      await irina.locator('main form .button.way').click()
      await irina.waitForURL(/\/cards\//)

      const contact = 'form[data-task=make_contact]'
      await irina.locator('section h2', { hasText: 'Установить контакт' }).waitFor()
      await irina.locator(`${contact} .button.way`).click()
      await irina.locator(`${contact} [data-gap]`).first().waitFor()
      await irina.locator(`${contact} [data-key=pd_consent] label`).first().click()
      await irina.locator(`${contact} [data-key=first_touch_at]`).fill('2026-11-20T12:00')
      await irina.locator(`${contact} .ready`).waitFor()
      await irina.locator(`${contact} .button.way`).click()

      const need = 'form[data-task=identify_need]'
      await irina.locator(`${need} [data-key=client_type] label`).first().click()
      await irina.locator(`${need} [data-key=category]`).selectOption('B')
      await irina.locator(`${need} [data-field=gearbox] label`, { hasText: 'Автомат' }).click()
      await irina.locator(`${need} [data-field=branch] label`, { hasText: 'Север' }).click()
      await pick(irina, need, 'desired_start', 'now', 'Сейчас')
      await irina.locator(`${need} [data-field=schedule] input`).first().check()
      await irina.locator(`${need} [data-key=birth_date]`).fill('1999-02-03')
      await irina.locator(`${need} .ready`).waitFor()
      await irina.locator(`${need} .button.way`).click()

      const qualify = 'form[data-task=qualify_lead]'
      await irina.locator(`${qualify} .button.way`).click()
      await irina.locator(`${qualify} [data-gap]`).first().waitFor()
      await pick(irina, qualify, 'pay_form', 'full', 'Сразу')
      await irina.locator(`${qualify} [data-key=next_contact_at]`).fill('2026-12-01T12:00')
      // A robot may have named the owner already.
      await irina
        .locator(`${qualify} [data-key=deal_owner]`)
        .selectOption('olga', { timeout: 1000 })
        .catch(() => {})
      await irina.locator(`${qualify} [data-key=comment]`).fill('Хочет начать до Нового года')
      await irina.locator(`${qualify} [data-key=comment]`).blur()
      await irina.locator(`${qualify} .ready`).waitFor()
      await irina.locator(`${qualify} .button.way`).click()
      await irina.locator('header .tag', { hasText: 'Стала сделкой' }).waitFor()

      const olga = await enter(world, 'olga', '/board/deals_b2c')
      await card(olga, 'Вероника Лунёва').locator('a').click()
      const consult = 'form[data-task=hold_consultation]'
      await olga.locator(`${consult} [data-key=consult_at]`).fill('2026-11-20T15:00')
      await olga.locator(`${consult} [data-key=consult_form] label`).first().click()
      await olga.locator(`${consult} [data-field=objections] input`).first().check()
      await olga.locator(`${consult} .ready`).waitFor()
      await olga.locator(`${consult} .button.way`).click()
      const programme = 'form[data-task=choose_programme]'
      const goods = olga.locator(`${programme} [data-field=items] input`)
      for (const [n, value] of ['B-AT-STD', 'Категория B, автомат', '51900', '1'].entries()) {
        await goods.nth(n).fill(value)
        await goods.nth(n).blur()
      }
      await olga.locator(`${programme} [data-field=pay_plan] label`, { hasText: 'Сразу' }).click()
      await olga.locator(`${programme} .ready`).waitFor()
      await olga.locator(`${programme} .button.way`).click()
      await olga.locator('section h2', { hasText: 'Собрать документы' }).waitFor()
      await olga.getByText('Этот этап завершает администратор').waitFor()

      const yulia = await enter(world, 'yulia', new URL(olga.url()).pathname)
      const papers = 'form[data-task=collect_documents]'
      const passport = yulia.locator(`${papers} [data-field=passport] input`)
      await passport.first().waitFor()
      for (const [n, value] of ['4010', '654321', 'ОВД Северный', '2024-07-20', '780-002'].entries()) {
        await passport.nth(n).fill(value)
        await passport.nth(n).blur()
      }
      await fill(yulia, papers, { reg_address: 'ул. Полярная, 12', snils_no: '112-233-445 95' })
      for (const key of ['photo', 'pd_consent_signed']) {
        await choose(yulia, papers, key, photo(`${key}.png`))
        await yulia.locator(papers).getByText(`${key}.png`).waitFor()
      }
      await yulia.locator(`${papers} .ready`).waitFor()
      await yulia.locator(`${papers} .button.way`).click()
      await yulia.locator('section h2', { hasText: 'Заключить договор' }).waitFor()

      await sign(olga, '51900')
    },
  ],

  [
    'a minor’s deal is refused until the parent is there',
    async (world) => {
      const yulia = await enter(world, 'yulia', '/board/deals_b2c')
      await menuOf(yulia, 'Анна Белова')
      await yulia.locator('dialog .asks').first().click()
      const gate = yulia.locator('dialog')
      await gate.locator('h2', { hasText: 'не хватает' }).waitFor()
      assert.match(await gate.textContent(), /Родитель/)

      // Pressed too early, the button goes to the first gap and nothing moves.
      await gate.locator('.button.way').click()
      assert.ok(await yulia.evaluate(() => document.activeElement.closest('.rows') !== null), 'the focus stands in the passport')
      const passport = gate.locator('.row').first().locator('input')
      for (const [n, value] of ['4010', '654321', 'ОВД Северный', '2024-07-20', '780-002'].entries()) await passport.nth(n).fill(value)
      await gate.locator('[data-key=reg_address]').fill('ул. Полярная, 12')
      await gate.locator('[data-key=snils_no]').fill('112-233-445 95')
      for (const key of ['photo', 'pd_consent_signed', 'parent_consent']) {
        await choose(yulia, 'dialog', key, photo(`${key}.png`))
        await gate.locator('.kept', { hasText: `${key}.png` }).waitFor()
      }
      await gate.locator('[data-key=parent]').fill('Белова Марина')
      await gate.locator('li.add').click()
      await gate.locator('input[type=tel]').fill('+7 921 555-01-48')
      await gate.locator('.fresh .button').click()
      await gate.locator('.chosen', { hasText: 'Белова Марина' }).waitFor()
      await gate.locator('h2', { hasText: 'Всё есть' }).waitFor()
      await gate.locator('.button.way').click()
      await gate.waitFor({ state: 'detached' })
      await column(yulia, 'sign_contract').locator('[data-card]', { hasText: 'Анна Белова' }).waitFor()

      // Signing is the sales manager's: the board says so, and who that is, and gives no form.
      await menuOf(yulia, 'Анна Белова')
      await yulia.locator('dialog .no', { hasText: 'Получить предоплату' }).click()
      await yulia.locator('dialog h2', { hasText: '«Заключить договор»: это делает менеджер по продажам' }).waitFor()
      const who = await yulia.locator('dialog .may').textContent()
      assert.match(who, /Денис/)
      assert.match(who, /Ольга\s*ведёт карточку/)
      await yulia.locator('dialog .button.ink').click()

      const olga = await enter(world, 'olga', '/board/deals_b2c')
      await card(olga, 'Анна Белова').locator('a').click()
      await sign(olga, '53100')
    },
  ],

  [
    'an approval behind a stage is given on the card, by who may',
    async (world) => {
      const hands = await world.school.as('olga')
      const { id } = await hands('POST', '/cards', {
        funnel: 'deals_b2c',
        fields: { full_name: 'Вальтер Скидкин', owner: 'olga', branch: 'north' },
      })
      await hands('POST', `/cards/${id}/advance`, { fields: consultation })
      const items = [{ sku: 'B-AT-STD', name: 'Категория B', price: { amount: 5_190_000, currency: 'RUB' }, qty: 1 }]
      await hands('POST', `/cards/${id}/advance`, { fields: { items, branch: 'north', pay_plan: 'three', discount: 15 } })
      const olga = await enter(world, 'olga', `/cards/${id}`)
      await olga.getByText('Этот этап завершает РОП').waitFor()
      const vadim = await enter(world, 'vadim', `/cards/${id}`)
      await vadim.locator('form[data-task=approve_discount] .button.way', { hasText: 'Согласовать' }).click()
      await olga.locator('section h2', { hasText: 'Собрать документы' }).waitFor()
    },
  ],

  [
    'an empty form makes no card, and a rule says its sentence',
    async (world) => {
      const page = await enter(world, 'irina', '/new/leads')
      await page.locator('main form .button.way').click()
      await page.getByText('Заполните хотя бы одно поле').waitFor()
      assert.match(page.url(), /\/new\/leads/)
      const hands = await world.school.as('irina')
      const { id } = await hands('POST', '/cards', {
        funnel: 'leads',
        fields: { full_name: 'Без Связи', source: 'site', comm_channel: 'phone' },
      })
      await visit(page, `/cards/${id}`)
      const left = page.locator('form[data-task=register_request] .left, form .left').first()
      await left.waitFor()
      assert.match(await left.textContent(), /нужен телефон или e-mail/)
    },
  ],

  [
    'a reason of the stage closes a deal',
    async (world) => {
      const page = await enter(world, 'olga', '/board/deals_b2c')
      await card(page, 'Руслан Ахметов').locator('a').click()
      await page.locator('form[data-task=hold_consultation] .lose').click()
      const dialog = page.locator('dialog')
      assert.match(await dialog.textContent(), /Не подошло расписание/)
      assert.doesNotMatch(await dialog.textContent(), /Нужна рассрочка/, 'a reason of another stage')
      await dialog.locator('.button.danger').click()
      await dialog.getByText('Выберите причину').waitFor()
      await dialog.getByLabel('Другое').check()
      await dialog.locator('input.input').fill('Уехал')
      await dialog.locator('.button.danger').click()
      await dialog.getByText('осталось').first().waitFor()
      await dialog.getByLabel('Далеко').check()
      await dialog.locator('.button.danger').click()
      await dialog.waitFor({ state: 'detached' })
      await page.locator('header .tag', { hasText: 'Отказ' }).waitFor()
      await page.locator('section h2', { hasText: 'Отказ: Далеко' }).waitFor()
    },
  ],

  [
    'a stranger’s request becomes a lead',
    async (world) => {
      const page = await enter(world, null, '/form/leads?utm_source=yandex', { phone: true })
      assert.equal(
        await page.locator('form [data-key=pd_consent_at], form [data-key=pd_consent_version]').count(),
        0,
        'nobody types when they agreed',
      )
      await page.getByText('Я согласен на обработку моих персональных данных').waitFor()
      await fill(page, 'form', { full_name: 'Прохожий', phone: '+7 911 777-99-01' })
      await page.locator('form [data-key=pd_consent] input').check()
      await page.locator('form .button.way').click()
      await page.getByText('Заявка принята').waitFor()
      const hands = await world.school.as('irina')
      const found = await hands('GET', '/search?q=прохожий')
      assert.equal(found.cards.length, 1)
      const { fields } = await hands('GET', `/cards/${found.cards[0].id}`)
      assert.equal(fields.pd_consent, true)
      assert.equal(fields.pd_consent_version, '2026-01')
      assert.ok(Math.abs(Date.now() - Date.parse(fields.pd_consent_at)) < 60_000, fields.pd_consent_at)
      assert.equal(fields.utm[0].source, 'yandex')
      await visit(page, '/form/leads?source=vk')
      await page.locator('form').waitFor()
      assert.equal(await page.locator('form [data-key=source]').count(), 0, 'what the address says is not asked')
    },
  ],
]

// The frame: coming in, finding one's way, losing the connection and the session.
import assert from 'node:assert/strict'
import { signIn, window } from './browser.mjs'
import { violations } from './axe.mjs'
import { openDemo } from './demo.mjs'
import { card, column, enter, follow, visit } from './hands.mjs'
import { consultation, password, people } from './school.mjs'

export const tests = [
  [
    'everyone signs in and starts where they work',
    async ({ browser, school }) => {
      const one = async ({ login, name }) => {
        const page = await window(browser)
        await page.goto(school.url)
        await signIn(page, login, password)
        await page.locator('main h1').first().waitFor()
        assert.match(await page.locator('.me').textContent(), new RegExp(name))
        const sections = await page.locator('header nav a').allTextContents()
        assert.equal(sections.includes('Схемы'), login === 'darya', `${login} sees ${sections}`)
        assert.equal(sections.includes('Сбои'), ['vadim', 'darya'].includes(login), `${login} sees ${sections}`)
        await page.context().close()
      }
      for (let n = 0; n < people.length; n += 3) await Promise.all(people.slice(n, n + 3).map(one))
    },
  ],

  [
    'the demo lists its people, one click each',
    async ({ browser }) => {
      const demo = await openDemo()
      try {
        const page = await window(browser)
        await page.goto(demo.url)
        await page.locator('li button').first().waitFor()
        const names = await page.locator('li button strong').allTextContents()
        for (const name of ['Света', 'Ирина', 'Ольга', 'Нина Петровна', 'Вадим', 'Дарья']) assert.ok(names.includes(name), name)
        assert.deepEqual(await violations(page), [])
        await page.locator('li button', { hasText: 'Ольга' }).click()
        await page.locator('[data-card]').first().waitFor()
        return `${names.length} people`
      } finally {
        demo.close()
      }
    },
  ],

  [
    'the first load is small and the drawing comes later',
    async ({ browser, school }) => {
      const page = await window(browser)
      const sizes = new Map()
      page.on('response', async (r) => {
        if (r.url().endsWith('.js')) sizes.set(r.url(), Number(r.headers()['content-length'] ?? (await r.body()).length))
      })
      await page.goto(school.url)
      await signIn(page, 'olga', password)
      await page.locator('[data-card]').first().waitFor()
      const total = [...sizes.values()].reduce((a, b) => a + b, 0) / 1024
      assert.ok(total <= 60, `${total.toFixed(1)} KiB of scripts up to the board`)
      assert.ok(![...sizes.keys()].some((u) => u.includes('Viewer')), 'the drawing library is not part of it')
      return `${total.toFixed(1)} KiB gzip up to the board`
    },
  ],

  [
    'a policy without unsafe scripts holds',
    async (world) => {
      const answer = await fetch(world.school.url)
      const policy = answer.headers.get('content-security-policy')
      const scripts = /script-src [^;]*/.exec(policy)?.[0] ?? /default-src [^;]*/.exec(policy)[0]
      assert.doesNotMatch(scripts, /unsafe/)
      const page = await enter(world, 'darya', '/form/leads')
      const broken = []
      const elsewhere = []
      page.on('console', (m) => /Content Security Policy/.test(m.text()) && broken.push(m.text()))
      page.on('request', (r) => !r.url().startsWith(world.school.url) && !r.url().startsWith('data:') && elsewhere.push(r.url()))
      for (const path of ['/form/leads', '/board/deals_b2c', '/diagrams/deals_b2c', '/reports/deals_b2c']) {
        await visit(page, path)
        await page.locator('h1').first().waitFor()
        await page.waitForLoadState('networkidle').catch(() => {}) // a page with live news is never idle
      }
      assert.deepEqual(broken, [])
      assert.deepEqual(elsewhere, [], 'nothing is loaded from elsewhere')
    },
  ],

  [
    'addresses lead where they say, and the back button leads back',
    async (world) => {
      const page = await enter(world, 'olga', '/board/deals_b2c?owner=olga')
      await card(page, 'Яна Соболь').locator('a').click()
      await page.locator('h1', { hasText: 'Яна Соболь' }).waitFor()
      const address = page.url()
      await page.goBack()
      await card(page, 'Яна Соболь').waitFor()
      assert.match(page.url(), /owner=olga/, 'the filter is still there')
      assert.equal(await card(page, 'Николь Ващенко').count(), 0)
      await page.goForward()
      await page.locator('h1', { hasText: 'Яна Соболь' }).waitFor()
      await page.reload()
      await page.locator('h1', { hasText: 'Яна Соболь' }).waitFor()
      assert.equal(page.url(), address)
      await visit(page, '/cards/nothing-of-that-name')
      await page.locator('[role=alert] h2').waitFor()
      await visit(page, '/nowhere/at/all')
      await page.locator('header .logo').click()
      await page.locator('[data-board]').waitFor()
    },
  ],

  [
    'keys do what the list of keys says',
    async (world) => {
      const page = await enter(world, 'olga', '/board/deals_b2c')
      await card(page, 'Лариса Веткина').waitFor()
      await page.keyboard.press('?')
      await page.locator('dialog dt', { hasText: 'Ctrl+Enter' }).waitFor()
      await page.keyboard.press('Escape')
      await page.locator('dialog').waitFor({ state: 'detached' })
      await page.keyboard.press('n')
      await page.waitForURL(/\/new\/deals_b2c/)
      await page.goBack()
      await card(page, 'Лариса Веткина').locator('a').click()
      await page.locator('h1', { hasText: 'Лариса Веткина' }).waitFor()
      await page.keyboard.press(']')
      await page.locator('h1', { hasText: 'Степан Котов' }).waitFor()
      await page.keyboard.press('[')
      await page.locator('h1', { hasText: 'Лариса Веткина' }).waitFor()
      await page.locator('form[data-task=sign_contract] [data-gap]').first().waitFor()
      await page.keyboard.press('e')
      await page.waitForFunction(() => document.activeElement.closest('[data-gap]') !== null)
      await page.keyboard.press('Control+Enter')
      await page.locator('form[data-task=sign_contract] .fault', { hasText: /\S/ }).first().waitFor()
      await page.keyboard.press('Escape')
      await page.goBack()
      await page.locator('[data-board]').waitFor()
      await page.locator('.me').click()
      await page.locator('#me .keys input').uncheck()
      await page.keyboard.press('Escape')
      await page.keyboard.press('n')
      await page.waitForTimeout(300)
      assert.match(page.url(), /\/board\//, 'single keys can be switched off')
    },
  ],

  [
    'a lost connection shows itself and catches up',
    async (world) => {
      const page = await enter(world, 'olga', '/board/deals_b2c')
      await card(page, 'Дарья Мельник').waitFor()
      await page.context().setOffline(true)
      await page.getByText('Нет связи. Изменения сохранены здесь').waitFor()
      const hands = await world.school.as('olga')
      const board = await hands('GET', '/funnels/deals_b2c/board')
      const found = board.columns[0].cards.find((c) => c.title === 'Дарья Мельник')
      await hands('POST', `/cards/${found.id}/advance`, { fields: consultation })
      await page.context().setOffline(false)
      await page.getByText('Нет связи. Изменения сохранены здесь').waitFor({ state: 'detached' })
      await column(page, 'choose_programme').locator('[data-card]', { hasText: 'Дарья Мельник' }).waitFor()
    },
  ],

  [
    'a part that fails says so in its place, and the rest works',
    async (world) => {
      const page = await enter(world, 'olga', '/search')
      // Without news from the server nothing is loaded by itself.
      const broken = new Set(['/events', '/board'])
      await page.route(/\/api\/v1\//, (route) =>
        [...broken].some((part) => route.request().url().includes(part))
          ? route.fulfill({ status: 502, body: 'gateway' })
          : route.continue(),
      )
      await follow(page, '/board/deals_b2c')
      await page.locator('[role=alert]', { hasText: 'Введённое цело' }).waitFor()
      broken.delete('/board')
      await page.getByRole('button', { name: 'Загрузить ещё раз' }).click()
      await card(page, 'Яна Соболь').waitFor()
      broken.add('/history')
      await card(page, 'Яна Соболь').locator('a').click()
      await page.locator('form[data-task=sign_contract] .button.way').waitFor()
      await page.locator('section.second [role=alert]').waitFor()
      broken.delete('/history')
      await page.getByRole('button', { name: 'Загрузить ещё раз' }).click()
      await page.locator('section.second li.move').first().waitFor()
    },
  ],

  [
    'a slow answer shows the shape of what comes',
    async (world) => {
      const page = await enter(world, 'olga', '/search')
      let go
      const held = new Promise((done) => (go = done))
      await page.route(/\/board/, async (route) => {
        await held
        await route.continue()
      })
      await follow(page, '/board/deals_b2c')
      await column(page, 'sign_contract').locator('.skeleton').first().waitFor()
      await column(page, 'sign_contract').locator('h2', { hasText: 'Заключить договор' }).waitFor()
      go()
      await card(page, 'Яна Соболь').waitFor()
    },
  ],

  [
    'a move made offline goes out by itself',
    async (world) => {
      const hands = await world.school.as('olga')
      const { id } = await hands('POST', '/cards', { funnel: 'deals_b2c', fields: { full_name: 'Офелия Ждан', owner: 'olga' } })
      await hands('PATCH', `/cards/${id}`, { fields: consultation })
      const page = await enter(world, 'olga', '/board/deals_b2c')
      await card(page, 'Офелия Ждан').locator('a').focus()
      await page.keyboard.press('Space')
      await column(page, 'choose_programme').locator('.free').waitFor()
      await page.context().setOffline(true)
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('Enter')
      await column(page, 'hold_consultation').locator('[data-card]', { hasText: 'Ход отправится при связи' }).waitFor()
      await page.context().setOffline(false)
      await column(page, 'choose_programme').locator('[data-card]', { hasText: 'Офелия Ждан' }).waitFor()
    },
  ],

  [
    'what was typed without a connection is saved when it is back',
    async (world) => {
      const hands = await world.school.as('olga')
      const { id } = await hands('POST', '/cards', { funnel: 'deals_b2c', fields: { full_name: 'Агния Тишь', owner: 'olga' } })
      const page = await enter(world, 'olga', `/cards/${id}`)
      const input = page.locator('form[data-task=hold_consultation] [data-key=consult_at]')
      await input.waitFor()
      await page.context().setOffline(true)
      await input.fill('2026-11-20T12:00')
      await input.blur()
      await page.getByText('Сохранится, когда вернётся связь').waitFor()
      await page.context().setOffline(false)
      await page.getByText('Сохранено', { exact: true }).waitFor()
      assert.ok((await hands('GET', `/cards/${id}`)).fields.consult_at)
    },
  ],

  [
    'an ended session loses nothing that was typed',
    async (world) => {
      const page = await enter(world, 'olga', '/board/deals_b2c')
      await card(page, 'Эмиль Гарипов').locator('a').click()
      const input = page.locator('form[data-task=sign_contract] [data-key=contract_no]')
      await input.waitFor()
      await page.context().clearCookies()
      await input.fill('ПВ-2026-north-0777')
      await page.getByRole('heading', { name: 'Сеанс закончился' }).waitFor()
      await page.locator('dialog input[type=password]').fill(password)
      await page.locator('dialog .button.ink').click()
      await page.locator('dialog').waitFor({ state: 'detached' })
      await page.getByText('Сохранено', { exact: true }).waitFor()
      assert.equal(await input.inputValue(), 'ПВ-2026-north-0777')
      const hands = await world.school.as('olga')
      assert.equal((await hands('GET', `/cards/${page.url().split('/').at(-1)}`)).fields.contract_no, 'ПВ-2026-north-0777')
    },
  ],

  [
    'what is hostile is text everywhere',
    async (world) => {
      const evil = (n) => `<img src=x onerror="window.pwned=${n}"> \u202eнеджулб`
      const [admin, olga, yulia] = await Promise.all(['darya', 'olga', 'yulia'].map((login) => world.school.as(login)))
      const trapped = trap.replaceAll(/\{(\d)\}/g, (_, n) =>
        evil(n).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
      )
      const files = new FormData()
      files.append('files', new File([trapped], `${evil(9)}.bpmn`))
      await admin('POST', '/definitions', files)
      await admin('POST', '/users', { login: 'mallory', name: evil(8), roles: ['sales_manager'], language: 'ru', password })
      const made = await admin('POST', '/cards', { funnel: 'trap', fields: { name: evil(1), kind: 'a' } })
      await admin('POST', `/cards/${made.id}/advance`, {}).catch(() => {})
      const board = await olga('GET', '/funnels/deals_b2c/board')
      const found = board.columns[0].cards.find((c) => c.title.startsWith('<img'))
      const body = new FormData()
      body.append('file', new File([Buffer.from('89504e470d0a1a0a', 'hex')], `"><img src=x onerror=window.pwned=2>\u202egnp.exe`))
      await yulia('POST', `/cards/${found.id}/files?field=photo`, body).catch(() => {})
      const page = await enter(world, 'darya')
      for (const path of [
        '/board/deals_b2c',
        `/cards/${found.id}`,
        '/search?q=img',
        '/board/trap',
        `/cards/${made.id}`,
        '/new/trap',
        '/form/leads',
        '/incidents',
        '/diagrams',
        '/diagrams/trap',
        '/diagrams/trap/stages',
        '/diagrams/trap/versions',
        '/reports/trap',
      ]) {
        await visit(page, path)
        await page.locator('h1').first().waitFor()
        if (path !== '/form/leads') await page.getByText('<img src=x').first().waitFor({ state: 'attached' })
        assert.equal(await page.evaluate(() => window.pwned), undefined, path)
        assert.equal(await page.locator('img').count(), 0, path)
      }
    },
  ],

  [
    'search finds cards and contacts',
    async (world) => {
      const page = await enter(world, 'olga', '/board/deals_b2c')
      await page.locator('[data-board]').waitFor()
      await page.keyboard.press('/')
      await page.keyboard.type('веткин', { delay: 20 })
      await page.locator('#found li', { hasText: 'Лариса Веткина' }).waitFor()
      await page.keyboard.press('Enter')
      await page.locator('h1', { hasText: 'Лариса Веткина' }).waitFor()
      await visit(page, '/search?q=никогонет')
      await page.getByText('По «никогонет» ничего нет').waitFor()
    },
  ],
]

// A funnel all of whose names try to be more than text. Its script stops on its first card.
const trap = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="d" targetNamespace="http://example.com/trap">
  <bpmn:process id="trap" name="{3}" isExecutable="true">
    <bpmn:documentation>{4}</bpmn:documentation>
    <bpmn:extensionElements><camunda:properties>
      <camunda:property name="funnel.kind" value="deal"/><camunda:property name="funnel.title" value="name"/>
    </camunda:properties></bpmn:extensionElements>
    <bpmn:startEvent id="begin"><bpmn:extensionElements><camunda:formData>
      <camunda:formField id="name" label="{5}" type="string"/>
      <camunda:formField id="kind" label="{5}" type="enum"><camunda:value id="a" name="{6}"/></camunda:formField>
      <camunda:formField id="parts" label="{5}" type="long"/>
    </camunda:formData></bpmn:extensionElements></bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="count"/>
    <bpmn:userTask id="count" name="{7}"><bpmn:documentation>{4}</bpmn:documentation></bpmn:userTask>
    <bpmn:sequenceFlow id="f2" sourceRef="count" targetRef="divide"/>
    <bpmn:scriptTask id="divide" name="{7}" camunda:resultVariable="parts"><bpmn:script>1 % 0</bpmn:script></bpmn:scriptTask>
    <bpmn:sequenceFlow id="f3" sourceRef="divide" targetRef="agree"/>
    <bpmn:userTask id="agree" name="{7}"/>
    <bpmn:sequenceFlow id="f4" sourceRef="agree" targetRef="end"/>
    <bpmn:endEvent id="end"><bpmn:extensionElements><camunda:properties><camunda:property name="funnel.outcome" value="won"/></camunda:properties></bpmn:extensionElements></bpmn:endEvent>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="D"><bpmndi:BPMNPlane id="P" bpmnElement="trap">
    <bpmndi:BPMNShape id="s1" bpmnElement="begin"><dc:Bounds x="100" y="100" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s2" bpmnElement="count"><dc:Bounds x="200" y="80" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s3" bpmnElement="divide"><dc:Bounds x="350" y="80" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s4" bpmnElement="agree"><dc:Bounds x="500" y="80" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s5" bpmnElement="end"><dc:Bounds x="650" y="100" width="36" height="36"/></bpmndi:BPMNShape>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>`

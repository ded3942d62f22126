// axe-core on every page and every state of it, in both languages, both themes, on a desk and on a phone.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { card, enter, follow, menuOf, visit } from './hands.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const standard = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** What breaks WCAG 2.2 AA on a page as it stands; with rules, by these alone. The drawing is the library's own. */
export async function violations(page, rules) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe)
  const found = await page.evaluate(
    ([tags, only]) => globalThis.axe.run(document, { runOnly: only ?? tags, resultTypes: ['violations'], exclude: [['.djs-container']] }),
    [standard, rules],
  )
  return found.violations.map(
    (v) =>
      `${v.id}: ${v.nodes
        .slice(0, 3)
        .map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`)
        .join(' | ')}`,
  )
}

const board = '/board/deals_b2c'
const gone = (page) => page.locator('dialog').waitFor({ state: 'detached' })
const shut = async (page) => {
  await page.keyboard.press('Escape')
  await gone(page)
}

const someone = 'Николь Ващенко'

/** The states of those who sell, each with how to come there and how to leave. A page is left by going to the next. */
const selling = ({ deal }) => [
  [
    'the board',
    async (page) => {
      await follow(page, `${board}?stage=collect_documents`)
      await card(page, someone).waitFor()
    },
  ],
  [
    'a card in hand',
    async (page) => {
      await card(page, someone).locator('a').focus()
      await page.keyboard.press('Space')
      await page.locator('.answer').first().waitFor()
    },
    (page) => page.keyboard.press('Escape'),
  ],
  [
    'the filters',
    async (page) => {
      await page.locator('[popovertarget=filters]').click()
      await page.locator('#filters select').first().waitFor()
    },
    (page) => page.keyboard.press('Escape'),
  ],
  ['the person', (page) => page.locator('.me').click(), (page) => page.keyboard.press('Escape')],
  [
    'the keys',
    async (page) => {
      await page.keyboard.press('?')
      await page.locator('dialog dt').first().waitFor()
    },
    shut,
  ],
  ['the move menu', (page) => menuOf(page, someone), shut],
  [
    'the gate',
    async (page) => {
      await menuOf(page, someone)
      await page.locator('dialog .asks').first().click()
      await page.locator('dialog .button.way').click()
    },
    shut,
  ],
  [
    'why not',
    async (page) => {
      await menuOf(page, someone)
      await page.locator('dialog .no').first().click()
      await page.locator('dialog .may').waitFor()
    },
    shut,
  ],
  [
    'rejecting',
    async (page) => {
      await menuOf(page, someone)
      await page.locator('dialog .lose').click()
      await page.locator('dialog input[type=radio]').last().check()
      await page.locator('dialog .button.danger').click()
    },
    shut,
  ],
  [
    'an empty board',
    async (page) => {
      await follow(page, `${board}?q=никогонет`)
      await page.locator('section.empty').waitFor()
    },
  ],
  [
    'tracks',
    async (page) => {
      await follow(page, `${board}?stage=train`)
      await card(page, '').waitFor()
      if (!(await card(page, 'Ева Морозова').count())) await page.locator('.pillar button').first().click()
      await card(page, 'Ева Морозова').locator('.track').first().waitFor()
    },
  ],
  [
    'a deal',
    async (page) => {
      await follow(page, `/cards/${deal}`)
      await page.locator('.button.way').first().waitFor()
    },
  ],
  [
    'moving back',
    async (page) => {
      await page.locator('[popovertarget^=backs]').first().click()
      await page.locator('.backs .menu-item').first().click()
      await page.locator('dialog .button.ink').click()
    },
    shut,
  ],
  ['another owner', (page) => page.locator('[popovertarget=owners]').click(), (page) => page.keyboard.press('Escape')],
  [
    'no connection',
    async (page) => {
      await page.context().setOffline(true)
      await page.locator('[role=status] p').first().waitFor()
    },
    (page) => page.context().setOffline(false),
  ],
  [
    'an ended session',
    async (page) => {
      await page.context().clearCookies()
      await follow(page, `/cards/${deal}?again`)
      await page.keyboard.press('Escape')
      await follow(page, board)
      await page.locator('dialog input[type=password]').waitFor()
    },
  ],
]

/** The states of those who answer for it. */
const configuring = ({ lead }) => [
  [
    'a lead',
    async (page) => {
      await follow(page, `/cards/${lead}`)
      await page.locator('h1', { hasText: 'Летов' }).waitFor()
    },
  ],
  [
    'a new lead',
    async (page) => {
      await follow(page, '/new/leads')
      await page.locator('main form').waitFor()
    },
  ],
  [
    'search',
    async (page) => {
      await follow(page, '/search?q=а')
      await page.locator('main li').first().waitFor()
    },
  ],
  [
    'diagrams',
    async (page) => {
      await follow(page, '/diagrams')
      await page.locator('main table').waitFor()
    },
  ],
  [
    'problems of a diagram',
    async (page) => {
      await page.locator('[data-upload]').setInputFiles([
        { name: 'a.bpmn', mimeType: 'application/xml', buffer: Buffer.from(broken) },
        { name: 'b.bpmn', mimeType: 'application/xml', buffer: Buffer.from('<x/>') },
      ])
      await page.locator('.kind.error').first().waitFor()
    },
  ],
  [
    'a diagram',
    async (page) => {
      await follow(page, '/diagrams/deals_b2c')
      await page.locator('.djs-container svg').first().waitFor()
    },
  ],
  [
    'the table of stages',
    async (page) => {
      await follow(page, '/diagrams/deals_b2c/stages')
      await page.locator('th[scope=row]').first().waitFor()
    },
  ],
  [
    'a difference',
    async (page) => {
      await follow(page, '/diagrams/axe/versions?compare=1-2')
      await page.locator('.tag.changed').first().waitFor()
    },
  ],
  [
    'migration',
    async (page) => {
      await follow(page, '/diagrams/axe/cards')
      await page.locator('main details summary').first().click()
    },
  ],
  [
    'the heat map',
    async (page) => {
      await follow(page, '/reports/deals_b2c')
      await page.locator('.djs-container .badge.figure').first().waitFor({ state: 'attached' })
    },
  ],
  [
    'incidents',
    async (page) => {
      await follow(page, '/incidents')
      await page.locator('tr[data-incident] summary').first().click()
      await page.locator('tr[data-incident] input[type=checkbox]').first().check()
      await page.locator('.end .button.ink').waitFor()
    },
  ],
  [
    'nothing',
    async (page) => {
      await follow(page, '/nowhere')
      await page.locator('h1').waitFor()
    },
  ],
]

/** What strangers see. */
const outside = [
  [
    'signing in',
    async (page) => {
      await visit(page, '/')
      await page.locator('form button').waitFor()
    },
  ],
  [
    'the public form',
    async (page) => {
      await visit(page, '/form/leads')
      await page.locator('form button').waitFor()
      await page.locator('form [data-key=phone]').fill('не телефон')
      await page.locator('form .button.way').click()
      await page.locator('[aria-invalid=true], [role=alert]').first().waitFor()
    },
  ],
  [
    'no such form',
    async (page) => {
      await visit(page, '/form/nothing')
      await page.locator('[role=alert]').waitFor()
    },
  ],
]

async function check(page, what, language, phone, found) {
  for (const theme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: theme })
    // Another theme is other colours and nothing else.
    for (const v of await violations(page, theme === 'dark' ? ['color-contrast'] : undefined))
      found.push(`${language} ${theme}${phone ? ' phone' : ''}, ${what}: ${v}`)
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  if (wide > 1) found.push(`${language}${phone ? ' phone' : ''}, ${what}: ${wide} px wider than the window`)
}

async function walk(world, language, phone, cards, found) {
  let checked = 0
  for (const [who, all] of [
    ['yulia', selling(cards)],
    ['darya', configuring(cards)],
    [null, outside],
  ]) {
    const where = await enter(world, who, who ? board : '/', { language, phone })
    if (who) await where.locator('#search').waitFor({ state: 'attached' })
    for (const [what, come, leave] of all) {
      try {
        await come(where)
        await check(where, what, language, phone, found)
        if (leave) await leave(where)
      } catch (problem) {
        throw new Error(`${what}, ${language}${phone ? ', phone' : ''}: ${problem.message}`, { cause: problem })
      }
      checked += 2
    }
    await where.context().close()
  }
  return checked
}

export const tests = [
  [
    'axe has nothing to say of any state, in both languages, themes and sizes',
    async (world) => {
      const hands = await world.school.as('darya')
      for (const xml of [small, small.replace('name="Meet"', 'name="Meet them"')]) {
        const body = new FormData()
        body.append('files', new File([xml], 'axe.bpmn'))
        await hands('POST', '/definitions', body)
        if (xml === small) await hands('POST', '/cards', { funnel: 'axe', fields: {} })
      }
      const stuck = await hands('POST', '/cards', { funnel: 'axe', fields: {} })
      await hands('POST', `/cards/${stuck.id}/advance`, {})
      const olga = await world.school.as('olga')
      const deals = (await olga('GET', '/funnels/deals_b2c/board')).columns
      const leads = (await hands('GET', '/search?q=летов')).cards
      const cards = { deal: deals.find((c) => c.stage.id === 'collect_documents').cards.at(-1).id, lead: leads[0].id }
      const found = []
      const walks = [
        ['ru', false],
        ['en', false],
        ['ru', true],
        ['en', true],
      ]
      let checked = 0
      for (const pair of [walks.slice(0, 2), walks.slice(2)]) {
        for (const n of await Promise.all(pair.map(([language, phone]) => walk(world, language, phone, cards, found)))) checked += n
      }
      assert.deepEqual([...new Set(found)], [])
      return `${checked} states`
    },
  ],
]

// A small funnel to compare and migrate; its robot never comes.
export const small = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="d" targetNamespace="http://example.com/axe">
  <bpmn:process id="axe" name="Axe" isExecutable="true">
    <bpmn:extensionElements><camunda:properties><camunda:property name="funnel.kind" value="deal"/></camunda:properties></bpmn:extensionElements>
    <bpmn:startEvent id="begin"/>
    <bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="meet"/>
    <bpmn:userTask id="meet" name="Meet"/>
    <bpmn:sequenceFlow id="f2" sourceRef="meet" targetRef="fail"/>
    <bpmn:scriptTask id="fail" name="Divide"><bpmn:script>1 % 0</bpmn:script></bpmn:scriptTask>
    <bpmn:sequenceFlow id="f3" sourceRef="fail" targetRef="end"/>
    <bpmn:endEvent id="end"><bpmn:extensionElements><camunda:properties><camunda:property name="funnel.outcome" value="won"/></camunda:properties></bpmn:extensionElements></bpmn:endEvent>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="D"><bpmndi:BPMNPlane id="P" bpmnElement="axe">
    <bpmndi:BPMNShape id="s1" bpmnElement="begin"><dc:Bounds x="100" y="100" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s2" bpmnElement="meet"><dc:Bounds x="200" y="80" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s3" bpmnElement="fail"><dc:Bounds x="350" y="80" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s4" bpmnElement="end"><dc:Bounds x="500" y="100" width="36" height="36"/></bpmndi:BPMNShape>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>`
const broken = small.replace('targetRef="end"', 'targetRef="nowhere"')

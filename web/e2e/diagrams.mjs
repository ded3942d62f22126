// The analyst's pages.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { small } from './axe.mjs'
import { column, enter, visit } from './hands.mjs'
import { diagrams } from './school.mjs'

export const tests = [
  [
    'a broken diagram shows its problems on its elements',
    async (world) => {
      const page = await enter(world, 'darya', '/diagrams')
      const broken = readFileSync(join(diagrams, 'leads.bpmn'), 'utf8')
        .replace('topic="assign"', 'topic="assign" unknown="1"')
        .replace(/(<bpmn:userTask id="make_contact"[^>]*?)name="[^"]*"/, '$1name=""')
        .replace(/targetRef="qualify_lead"/, 'targetRef="nowhere"')
      await page.locator('[data-upload]').setInputFiles({ name: 'leads.bpmn', mimeType: 'application/xml', buffer: Buffer.from(broken) })
      await page.locator('.kind.error').first().waitFor()
      await page.locator('.djs-container .badge.error').first().waitFor()
      const all = await page.locator('ol .what').allTextContents()
      assert.ok((await page.locator('ol li').first().locator('.kind.error').count()) > 0, 'what keeps it from being published comes first')
      await page.keyboard.press('F8')
      await page.locator('li.at').waitFor()
      assert.equal(await page.getByRole('button', { name: /Опубликовать/ }).count(), 0, 'what is broken can’t be published')
      // With several files each problem says which one it is in, and leads to its drawing.
      await page.locator('[data-upload]').setInputFiles({
        name: 'other.bpmn',
        mimeType: 'application/xml',
        buffer: Buffer.from(broken.replace('id="leads"', 'id="others"').replace('processRef="leads"', 'processRef="others"')),
      })
      const named = page.locator('ol li', { hasText: 'other.bpmn' })
      await named.first().waitFor()
      assert.ok((await page.locator('ol li', { hasText: 'leads.bpmn' }).count()) > 0)
      await named.first().locator('button').click()
      await page.locator('figure[aria-label="other.bpmn"]').waitFor()
      return `${all.length} problems`
    },
  ],

  [
    'a new version is published, compared, and cards move to it',
    async (world) => {
      const page = await enter(world, 'darya', '/diagrams')
      const xml = readFileSync(join(diagrams, 'leads.bpmn'), 'utf8').replace('name="Выявить потребность"', 'name="Выявить, что нужно"')
      const labels = readFileSync(join(diagrams, 'leads.en.properties'))
      await page.locator('[data-upload]').setInputFiles([
        { name: 'leads.bpmn', mimeType: 'application/xml', buffer: Buffer.from(xml) },
        { name: 'leads.en.properties', mimeType: 'text/plain', buffer: labels },
      ])
      await page.getByRole('button', { name: /Опубликовать/ }).click()
      await page.getByText('Опубликовано').waitFor()
      await visit(page, '/diagrams/leads/versions?compare=1-2')
      await page.locator('.djs-container .changed').first().waitFor()
      await page.locator('.tag.changed').first().waitFor()
      await page.getByText('название: Выявить потребность → Выявить, что нужно').waitFor()
      const stored = await (
        await fetch(`${world.school.url}/api/v1/definitions/leads:1/xml`, {
          headers: { Cookie: (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join('; ') },
        })
      ).text()
      assert.equal(stored, readFileSync(join(diagrams, 'leads.bpmn'), 'utf8'), 'a version is downloaded byte for byte')
      await visit(page, '/diagrams/leads/cards')
      await page.getByRole('button', { name: 'Перенести на новую версию' }).click()
      await page.getByText(/Перенесено: [1-9]/).waitFor()
      await page.getByText('Все живые карточки на новейшей версии').waitFor()
    },
  ],

  [
    'cards of a stage that a new version has no more stay on the board',
    async (world) => {
      const hands = await world.school.as('darya')
      const deploy = (xml) => {
        const body = new FormData()
        body.append('files', new File([xml.replaceAll('axe', 'shrunk')], 'shrunk.bpmn'))
        return hands('POST', '/definitions', body)
      }
      await deploy(small)
      await hands('POST', '/cards', { funnel: 'shrunk', fields: {} })
      await deploy(small.replaceAll('"meet"', '"greet"').replace('name="Meet"', 'name="Greet"'))
      const page = await enter(world, 'darya', '/board/shrunk')
      await column(page, 'meet').locator('h2', { hasText: 'Meet' }).waitFor()
      assert.equal(await column(page, 'meet').locator('[data-card]').count(), 1)
      await page.getByText('Нет в новой версии схемы').waitFor()
      await visit(page, '/diagrams/shrunk/cards')
      await page.getByText('стоит на «Meet», а в новой версии этого нет').waitFor()
    },
  ],

  [
    'the drawing speaks the language of the page',
    async (world) => {
      const page = await enter(world, 'darya', '/diagrams/deals_b2c', { language: 'en' })
      const text = page.locator('.djs-container text')
      await text.filter({ hasText: 'Sign the' }).first().waitFor()
      const drawn = (await text.allTextContents()).join(' ')
      for (const name of ['Discount over', 'keep 10', 'failed, under three', 'Driving school'])
        assert.ok(
          drawn.replaceAll(/\s+/g, ' ').includes(name) || drawn.replaceAll(/\s+/g, '').includes(name.replaceAll(' ', '')),
          `no “${name}” in ${drawn}`,
        )
      assert.doesNotMatch(drawn, /[а-яё]/i, 'nothing is left in Russian')
    },
  ],

  [
    'stages can be read as a table',
    async (world) => {
      const page = await enter(world, 'darya', '/diagrams/deals_b2c/stages')
      await page.locator('th[scope=row]', { hasText: 'Заключить договор' }).waitFor()
      assert.match(
        await page.locator('tr', { hasText: 'Заключить договор' }).first().textContent(),
        /Менеджер по продажам.*3.д рабочих.*Номер договора.*Не устроили условия/s,
      )
    },
  ],
]

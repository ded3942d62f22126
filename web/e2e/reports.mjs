// What is stuck, and where deals stand.
import assert from 'node:assert/strict'
import { enter } from './hands.mjs'

export const tests = [
  [
    'an incident is seen with its variables, corrected and retried',
    async (world) => {
      const admin = await world.school.as('darya')
      const body = new FormData()
      body.append('files', new File([stand], 'stand.bpmn'))
      await admin('POST', '/definitions', body)
      const hands = await world.school.as('vadim')
      for (const who of ['Первая', 'Вторая', 'Третья']) {
        const { id } = await admin('POST', '/cards', { funnel: 'stand', fields: { who, parts: 0, whole: 10 } })
        await hands('POST', `/cards/${id}/advance`, {})
      }
      const page = await enter(world, 'vadim', '/incidents')
      const row = page.locator('tr[data-incident]', { hasText: 'Первая' })
      assert.match(
        await row.textContent(),
        /Разделить.*«Разделить»: выражение на схеме не вычисляется/s,
        'a sentence for people stands before the technical one',
      )
      await row.locator('summary').click()
      await row.locator('form label', { hasText: 'parts' }).waitFor()
      await row
        .locator('form input')
        .nth(
          await row
            .locator('form label')
            .allTextContents()
            .then((all) => all.indexOf('parts')),
        )
        .fill('5')
      await row.locator('form .button').click()
      await row.locator('.tag.won', { hasText: 'пошло дальше' }).waitFor()

      // Of several each has its own outcome: one stops again, one was mended meanwhile.
      const { incidents } = await hands('GET', '/incidents')
      const [second, third] = ['Вторая', 'Третья'].map((who) => incidents.find((i) => i.title === who))
      for (const { id } of [second, third]) await page.locator(`tr[data-incident="${id}"] input[type=checkbox]`).check()
      await hands('PATCH', `/cards/${third.card}`, { fields: { parts: 4 } })
      await page.getByRole('button', { name: 'Повторить отмеченные' }).click()
      await page.getByText('Пошло дальше 1 из 2').waitFor()
      await page.locator(`tr[data-incident="${second.id}"] .tag.stuck`, { hasText: 'встало снова' }).waitFor()
      await page.locator(`tr[data-incident="${third.id}"] .tag.won`).waitFor()
    },
  ],

  [
    'the heat map leads to the cards',
    async (world) => {
      const page = await enter(world, 'vadim', '/reports/deals_b2c')
      await page.locator('.djs-container .badge.figure').first().waitFor()
      const entered = () => page.locator('tr[data-stage=sign_contract] [data-entered]').textContent()
      assert.notEqual(await entered(), '–', 'deals came to the contract within 90 days')
      // In ten days the last seven know nothing of what happened today, the last thirty do.
      await page.clock.setFixedTime(new Date(Date.now() + 10 * 86_400_000))
      const period = async (days) => {
        await Promise.all([page.waitForResponse((r) => r.url().includes('/report?')), page.locator('#heat-days').selectOption(days)])
        await page.waitForURL(new RegExp(`days=${days}`))
      }
      await period('7')
      await page.locator('tr[data-stage=sign_contract] [data-entered]', { hasText: '–' }).waitFor()
      await period('30')
      await page.locator('tr[data-stage=sign_contract] [data-entered]', { hasText: /\d/ }).waitFor()
      await page.locator('th[scope=row] a', { hasText: 'Заключить договор' }).click()
      await page.waitForURL(/board\/deals_b2c\?stage=sign_contract/)
    },
  ],
]

// A funnel whose script divides by a field: with nothing to divide by it stops, and is mended by a correction.
const stand = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="http://example.com/stand">
  <bpmn:process id="stand" name="Стенд" isExecutable="true">
    <bpmn:extensionElements><camunda:properties>
      <camunda:property name="funnel.kind" value="deal"/><camunda:property name="funnel.title" value="who"/><camunda:property name="funnel.currency" value="RUB"/>
      <camunda:property name="funnel.timezone" value="Europe/Moscow"/><camunda:property name="funnel.language" value="ru"/>
    </camunda:properties></bpmn:extensionElements>
    <bpmn:startEvent id="begin"><bpmn:extensionElements><camunda:formData>
      <camunda:formField id="who" label="Кто" type="string"/><camunda:formField id="parts" label="Частей" type="long"/><camunda:formField id="whole" label="Всего" type="long"/><camunda:formField id="share" label="Доля" type="number"/>
    </camunda:formData></bpmn:extensionElements></bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="count"/>
    <bpmn:userTask id="count" name="Посчитать части"/>
    <bpmn:sequenceFlow id="f2" sourceRef="count" targetRef="divide"/>
    <bpmn:scriptTask id="divide" name="Разделить" camunda:resultVariable="share"><bpmn:script>whole % parts</bpmn:script></bpmn:scriptTask>
    <bpmn:sequenceFlow id="f3" sourceRef="divide" targetRef="agree"/>
    <bpmn:userTask id="agree" name="Согласовать доли"/>
    <bpmn:sequenceFlow id="f4" sourceRef="agree" targetRef="end"/>
    <bpmn:endEvent id="end"><bpmn:extensionElements><camunda:properties><camunda:property name="funnel.outcome" value="won"/></camunda:properties></bpmn:extensionElements></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>`

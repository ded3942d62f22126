// A driving school to test with: a server of its own over an empty folder, the school's people and diagrams, and cards that stand
// where the tests want them. Everything goes through the API, as a person's clicks would.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
export const binary = process.env.VORONKA_BIN ?? join(root, 'bin/voronka')
export const password = 'povorot-2026'

export const people = [
  { login: 'sveta', name: 'Света', roles: ['receptionist'], branch: 'center' },
  { login: 'yulia', name: 'Юля', roles: ['receptionist'], branch: 'north' },
  { login: 'irina', name: 'Ирина', roles: ['lead_manager'] },
  { login: 'pasha', name: 'Паша', roles: ['lead_manager'] },
  { login: 'olga', name: 'Ольга', roles: ['sales_manager'], branch: 'north' },
  { login: 'denis', name: 'Денис', roles: ['sales_manager'], branch: 'center' },
  { login: 'nina', name: 'Нина Петровна', roles: ['accountant'] },
  { login: 'andrey', name: 'Андрей', roles: ['instructor'] },
  { login: 'marina', name: 'Марина', roles: ['teacher'] },
  { login: 'vadim', name: 'Вадим', roles: ['head_of_sales'] },
  { login: 'darya', name: 'Дарья', roles: ['admin'] },
]

/** Starts a server over a fresh folder and fills it. */
export async function open({ fill = true } = {}) {
  const data = mkdtempSync(join(tmpdir(), 'voronka-'))
  const port = await freePort()
  const child = spawn(binary, ['serve', '--data', data, '--listen', `127.0.0.1:${port}`, '--log', 'error'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = `http://127.0.0.1:${port}`
  const secret = await new Promise((done, failed) => {
    let text = ''
    const late = setTimeout(() => failed(new Error(`the server did not start: ${text}`)), 20_000)
    child.on('exit', (code) => failed(new Error(`the server ended with ${code}: ${text}`)))
    child.stdout.on('data', (chunk) => {
      text += chunk
      if (text.includes('serves')) {
        clearTimeout(late)
        done(/password (\S+)/.exec(text)?.[1])
      }
    })
  })
  const school = {
    url,
    close: () => {
      child.removeAllListeners('exit')
      child.kill('SIGKILL')
      rmSync(data, { recursive: true, force: true })
    },
    /** Stops answering, as a pulled cable would; go() answers again. */
    freeze: () => child.kill('SIGSTOP'),
    go: () => child.kill('SIGCONT'),
    as: (login) => signIn(url, login, password),
  }
  try {
    const admin = await signIn(url, 'admin', secret)
    for (const p of people) await admin('POST', '/users', { ...p, language: 'ru', password })
    await deploy(admin)
    if (fill) await cards(school)
  } catch (problem) {
    school.close()
    throw problem
  }
  return school
}

export function freePort() {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => done(port))
    })
  })
}

/** A person's hands on the API. */
async function signIn(url, login, secret) {
  const answer = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ login, password: secret }),
  })
  if (!answer.ok) throw new Error(`${login} can't sign in: ${await answer.text()}`)
  const cookie = answer.headers.get('set-cookie').split(';')[0]
  return async (method, path, body) => {
    const form = body instanceof FormData
    const got = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { Cookie: cookie, ...(body && !form ? { 'Content-Type': 'application/json' } : {}) },
      body: form ? body : body && JSON.stringify(body),
    })
    const text = await got.text()
    if (!got.ok) throw new Error(`${login} ${method} ${path}: ${got.status} ${text}`)
    return text ? JSON.parse(text) : undefined
  }
}

export const diagrams = join(root, 'examples/drivingschool')

async function deploy(admin) {
  const body = new FormData()
  for (const name of readdirSync(diagrams)) {
    if (/\.(bpmn|properties)$/.test(name)) body.append('files', new File([readFileSync(join(diagrams, name))], name))
  }
  await admin('POST', '/definitions', body)
}

const course = (sku, price) => [{ sku, name: 'Категория B', price: { amount: price * 100, currency: 'RUB' }, qty: 1 }]
const photo = () => {
  const body = new FormData()
  body.append(
    'file',
    new File(
      [Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')],
      'foto.png',
    ),
  )
  return body
}

export const consultation = { consult_at: '2026-11-20T09:00:00Z', consult_form: 'office', objections: ['none'] }
const pack = {
  passport: [{ series: '4010', number: '123456', issued_by: 'ОВД', issued_at: '2020-05-05', code: '780-001' }],
  reg_address: 'ул. Полярная, 12',
  snils_no: '112-233-445 95',
  birth_date: '1996-03-14',
}

/** Deals over the first stages, leads, and names that try to be more than text. */
async function cards(school) {
  const [olga, denis, irina, yulia] = await Promise.all(['olga', 'denis', 'irina', 'yulia'].map((login) => school.as(login)))
  const deal = (hands, owner, full_name, category, gearbox, more = {}) =>
    hands('POST', '/cards', {
      funnel: 'deals_b2c',
      fields: { full_name, phone: phone(), source: 'site', owner, category, gearbox, branch: 'north', birth_date: '1996-03-14', ...more },
    })
  const on = (hands, card, fields = {}, to = undefined) => hands('POST', `/cards/${card.id}/advance`, { fields, to })
  const programme = (sku, price, plan) => ({ items: course(sku, price), branch: 'north', pay_plan: plan })

  for (const [name, category, gearbox] of [
    ['Руслан Ахметов', 'A', 'MT'],
    ['Дарья Мельник', 'B', 'AT'],
    ['Кирилл Осипов', 'B', 'MT'],
    ['Полина Жукова', 'B', 'MT'],
    ['Алина Гусева', 'restore', 'MT'],
  ]) {
    await deal(olga, 'olga', name, category, gearbox)
  }
  await deal(denis, 'denis', 'Игорь Савин', 'C', 'MT')
  await deal(olga, 'olga', '<img src=x onerror="window.pwned=1"> \u202eнеджулб', 'B', 'AT')
  for (const name of ['София Ким', 'Тимофей Орлов', 'Вера Чуб', 'Максим Лисин'])
    await on(olga, await deal(olga, 'olga', name, 'B', 'AT'), consultation)
  await on(denis, await deal(denis, 'denis', 'Артём Фомин', 'A', 'MT'), consultation)

  const collecting = async (hands, owner, name, birth_date = '1996-03-14', price = 51_900) => {
    const card = await deal(hands, owner, name, 'B', 'AT', { birth_date })
    await on(hands, card, consultation)
    return on(hands, card, programme('B-AT-STD', price, 'three'))
  }
  for (const name of ['Ульяна Рощина', 'Павел Дёмин', 'Глеб Никитин', 'Олеся Тарасова', 'Марк Зимин']) await collecting(olga, 'olga', name)
  await collecting(olga, 'olga', 'Анна Белова', '2009-07-12', 53_100)
  await collecting(denis, 'denis', 'Николь Ващенко', '2010-01-20', 53_100)

  const signing = async (hands, owner, name, price) => {
    const card = await collecting(hands, owner, name, '1996-03-14', price)
    for (const field of ['photo', 'pd_consent_signed']) await yulia('POST', `/cards/${card.id}/files?field=${field}`, photo())
    return on(yulia, card, pack)
  }
  for (const [name, price] of [
    ['Лариса Веткина', 49_900],
    ['Степан Котов', 51_900],
    ['Эмиль Гарипов', 54_900],
    ['Яна Соболь', 51_900],
  ])
    await signing(olga, 'olga', name, price)
  const prepaying = async (name, price) => {
    const card = await signing(denis, 'denis', name, price)
    await denis('POST', `/cards/${card.id}/files?field=contract_file`, photo())
    await on(denis, card, {
      contract_no: `ПВ-2026-north-${phone().slice(-4)}`,
      contract_date: '2026-11-20',
      sign_way: 'paper',
      schedule_pay: [{ due: '2026-12-01', amount: { amount: price * 100, currency: 'RUB' } }],
    })
  }
  for (const [name, price] of [
    ['Олег Пак', 49_900],
    ['Данил Руднев', 51_900],
    ['Ева Морозова', 51_900],
  ])
    await prepaying(name, price).catch((problem) => console.error(String(problem)))
  // One is in training: the head of sales put it there.
  const vadim = await school.as('vadim')
  const prepaid = (await vadim('GET', '/search?q=морозова')).cards[0]
  await vadim('POST', `/cards/${prepaid.id}/override`, { to: 'train', why: 'Оплата пришла наличными' })
  await vadim('PATCH', `/cards/${prepaid.id}`, { fields: { drive_done: 12, category: 'B' } })

  for (const name of ['Егор Летов', 'Мария Куликова', 'Антон Ветров', 'Лидия Соснина']) {
    await irina('POST', '/cards', {
      funnel: 'leads',
      fields: { full_name: name, phone: phone(), source: 'vk', comm_channel: 'phone', pd_consent: true },
    })
  }
}

let last = 5550100
const phone = () => `+7911${++last}`

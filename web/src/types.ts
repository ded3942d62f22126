/** The nouns of the API, as its answers carry them. server/openapi.yaml is the truth; only what the pages read stands here. */

export interface Money {
  amount: number // minor units
  currency: string
}

export interface Choice {
  code: string
  name: string
}

export interface Person {
  id: string
  name: string
  roles?: string[]
  branch?: string
  active?: boolean
}

export interface Session extends Person {
  roles: string[]
  language: 'ru' | 'en'
  rights: string[]
}

export type FieldType =
  | 'string'
  | 'text'
  | 'long'
  | 'number'
  | 'percent'
  | 'money'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'phone'
  | 'email'
  | 'address'
  | 'enum'
  | 'user'
  | 'contact'
  | 'company'
  | 'products'
  | 'table'
  | 'file'
  | 'document'

export interface Bounds {
  min?: string
  max?: string
  min_length?: number
  max_length?: number
  pattern?: string
}

export interface Column {
  key: string
  label: string
  type: FieldType
}

export type Verb = 'create' | 'send' | 'keep'

/** A field as the funnel knows it; as a stage asks for it, with what the stage adds. */
export interface Field {
  key: string
  label: string
  /** What people read beside it. */
  text?: string
  type: FieldType
  multiple?: boolean
  values?: Choice[]
  columns?: Column[]
  computed?: boolean
  readonly?: boolean
  required?: boolean
  conditional?: boolean
  see?: string[]
  edit?: string[]
  bounds?: Bounds
  default?: string
  document?: { template?: string; verbs: Verb[] }
  /** Of a boolean that is an agreement: the fields that keep when it was given, and to which version of the text. */
  consent?: { at?: string; version?: string; in_force?: string }
  verbs?: Verb[]
  rules?: { code: string; source: string }[]
}

export interface Robot {
  id?: string
  topic: string
  when: 'create' | 'complete' | 'assignment' | 'timeout'
  timer?: string
  text?: string
}

export interface Task {
  id: string
  name: string
  documentation?: string
  fields?: Field[]
  rules?: { code: string; source: string }[]
  reasons?: Choice[]
  roles?: string[]
  users?: string[]
  rejects?: string[]
  due?: string
  auto?: boolean
  robots?: Robot[]
  moves?: { flow: string; name?: string; target?: string; stages?: string[]; ends?: string[]; choice?: boolean }[]
  /** What it counts: it is done when the one field has come up to the other. */
  measure?: { done: string; plan: string; unit?: string }
}

export interface Stage extends Task {
  order: number
  group?: string
  color?: string
  sub?: boolean
  tracks?: Task[]
}

export interface Funnel {
  process: string
  name: string
  documentation?: string
  kind: 'lead' | 'deal' | 'track'
  currency: string
  timezone: string
  definition?: string
  version?: number
  sales_channels?: Choice[]
  communication_channels?: Choice[]
  roles?: Choice[]
  stages: Stage[]
  tasks?: Task[]
  fields?: Field[]
  reasons?: Choice[]
  intake?: Field[]
  /** Of the elements of the drawing; where one funnel is asked for. */
  names?: Record<string, string>
}

/** How far a card is on one track of its stage. */
export interface Track {
  task: string
  done: boolean
  have: number
  need: number
  text?: string
}

/** What to do next with a card, or why it does not move. */
export interface Next {
  kind: 'stuck' | 'overdue' | 'near' | 'missing' | 'waits' | 'ready'
  text: string
  due?: string
}

/** A card as boards and lists show it. */
export interface Line {
  id: string
  version: number
  funnel: string
  kind: 'lead' | 'deal' | 'track'
  title: string
  amount: Money
  owner?: string
  contact?: string
  company?: string
  stage?: string
  since?: string
  due?: string
  parallel?: string[]
  next?: Next
  about?: string
  tracks?: Track[]
  done: number
  stuck: number
  parent?: string
  children: number
  finished: number
  outcome?: string
  reason?: string
  created: string
  updated: string
  closed?: string
}

export interface BoardColumn {
  stage: { id: string; name: string }
  count: number
  amount: Money
  overdue: number
  cards: Line[]
  next: string
}

/** What became of the cards of a funnel in a period. now, amount_now, overdue, stuck and totals.open are as things stand. */
export interface Report {
  from: string
  to: string
  totals: { open: number; won: number; lost: number; created: number }
  stages: StageReport[]
}

export interface StageReport {
  stage: string
  name: string
  entered: number
  passed: number
  back: number
  lost: number
  now: number
  amount_now: Money
  overdue: number
  stuck: number
  median_seconds: number
  p90_seconds: number
  deadline_share?: number
  reasons: { code: string; name: string; count: number }[]
}

export type BoardQuery = Record<string, string | undefined>

export interface Missing {
  kind: 'field' | 'document' | 'role' | 'rule' | 'move'
  key: string
  label: string
  message: string
  roles?: string[]
  /** The people who may, of what is missing by role. */
  who?: { id: string; name: string }[]
}

export type AnswerKind = 'here' | 'free' | 'asks' | 'back' | 'no'

/** What a stage says about the card in hand. */
export interface Answer {
  stage: string
  from?: string
  answer: AnswerKind
  flow?: string
  name?: string
  missing?: Missing[]
  reason?: string
}

export interface Filed {
  id: string
  name: string
  type: string
  size: number
  by?: string
  at: string
}

/** What is known of a document of a card: the value of its field. */
export interface Paper {
  number?: string
  date?: string
  created?: boolean
  sent?: boolean
  kept?: boolean
  by?: string
  files?: Filed[]
}

export interface Stand {
  stage: string
  since: string
  due?: string
  held?: string
  done?: string[]
}

/** The open work of a person on a card. */
export interface Work {
  id: string
  element: string
  name: string
  stage?: string
  mine: boolean
  reject: boolean
  roles?: string[]
  reasons?: Choice[]
  asks: { key: string; visible: boolean; required: boolean }[]
  missing: Missing[]
  flows?: { flow: string; name?: string; stages?: string[]; ends?: string[]; choice?: boolean }[]
  due?: string
}

export interface Job {
  id: string
  element: string
  topic: string
  state: string
  due: string
  attempts: number
  error?: string
}

export interface Card extends Line {
  definition: string
  stages: Stand[]
  beside: string[]
  fields: Record<string, unknown>
  documents: ({ key: string; label: string; verbs: Verb[] } & Paper)[]
  moves: Answer[]
  tasks: Work[]
  timers: { element: string; name: string; robot?: string; due: string }[]
  jobs: Job[]
  incidents: Incident[]
  left: string[]
  worked: string[]
  comment?: string
  from?: string
  to?: string
}

export interface HistoryLine {
  at: string
  kind: string
  element?: string
  name?: string
  who?: string
  data?: unknown
  /** Of a move: where it led, once the lines of one deed are joined. */
  to?: string
}

export interface Contact {
  id: string
  kind: 'person' | 'company'
  name: string
  phones?: string[]
  emails?: string[]
  inn?: string
  company?: string
  position?: string
  comment?: string
  version: number
}

export interface Incident {
  id: string
  instance: string
  process: string
  element: string
  job?: string
  code: string
  message: string
  card?: string
  title?: string
  name: string
  sentence: string
  at: string
  variables: Record<string, unknown>
}

export interface Definition {
  id: string
  process: string
  name: string
  version: number
  kind: '' | 'lead' | 'deal' | 'track'
  file: string
  hash: string
  deployed: string
  by: string
  newest: boolean
}

export interface DiagramProblem {
  severity: 'error' | 'warning'
  code: string
  element: string
  line: number
  column: number
  message: string
  file?: string
}

export interface Uploaded {
  definitions: Definition[]
  problems: DiagramProblem[]
}

/** What would become, or became, of one card when its version changes. */
export interface Migrated {
  instance: string
  title?: string
  moves: string[] | null
  stops: string[] | null
  done: boolean
}

export interface IntakeForm {
  funnel: string
  name: string
  documentation?: string
  fields: Field[]
}

/** Somebody of the demo, who enters by one click. */
export interface DemoPerson {
  login: string
  name: string
  password: string
  roles: string[]
}

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
}

export interface Session {
  user: Person & { roles: string[]; language?: string }
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
  document?: { template?: string; verbs: Verb[] }
  verbs?: Verb[]
  rules?: { code: string; source: string }[]
}

export interface Robot {
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
  roles?: Choice[]
  stages: Stage[]
  fields?: Field[]
  reasons?: Choice[]
  intake?: Field[]
}

/** What to do next with a card, or why it does not move. */
export interface Next {
  kind: string
  text: string
  due?: string
}

export interface Track {
  id: string
  name: string
  done: boolean
  share?: number
  text?: string
}

/** A card as a board shows it. */
export interface BoardCard {
  id: string
  title: string
  amount?: Money
  owner?: Person
  stage: string
  since: string
  due?: string
  next?: Next
  about?: string
  parallel?: boolean
  tracks?: Track[]
  version: number
}

export interface BoardColumn {
  stage: string
  count: number
  amount: Money
  overdue: number
  cards: BoardCard[]
  next?: string
}

export interface Board {
  columns: BoardColumn[]
}

export interface BoardQuery {
  [name: string]: string | undefined
}

export interface Missing {
  kind: 'field' | 'document' | 'role' | 'rule' | 'move'
  key: string
  label: string
  message: string
}

export type AnswerKind = 'here' | 'free' | 'asks' | 'back' | 'no'

/** What a column says about the card in hand. */
export interface Answer {
  stage: string
  answer: AnswerKind
  flow?: string
  missing?: Missing[]
  reason?: string
}

export interface CardMoves {
  moves: Answer[]
}

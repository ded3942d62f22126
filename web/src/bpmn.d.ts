// The drawing libraries that bring no types of their own.
declare module 'bpmn-js-differ' {
  type Elements = Record<
    string,
    {
      id?: string
      name?: string
      $type?: string
      model?: { id?: string; name?: string; $type?: string }
      attrs?: Record<string, { oldValue?: unknown; newValue?: unknown }>
    }
  >
  export function diff(a: unknown, b: unknown): { _added: Elements; _removed: Elements; _changed: Elements; _layoutChanged: Elements }
}
declare module 'bpmn-moddle' {
  export class BpmnModdle {
    fromXML(xml: string): Promise<{ rootElement: unknown }>
  }
}

/** The ids of a diagram's elements: by them a problem finds its file. A file that is no XML has none. */
export function elementsOf(xml: string): Set<string> {
  return new Set([...xml.matchAll(/\bid\s*=\s*["']([^"']+)["']/g)].map((m) => m[1]!))
}

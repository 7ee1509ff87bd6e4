/** A TypeBox schema as plain JSON: its own marks, which are not enumerable or are symbols, fall away. */
export function plainSchema(schema: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema));
}

/** JSON Schemas in the words of a table cell. */
import type { TSchema } from 'typebox';

interface AnySchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly AnySchema[];
  readonly items?: AnySchema;
  readonly properties?: Readonly<Record<string, AnySchema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

/** What has a heading of its own on the page. */
export type Nouns = Readonly<Record<string, TSchema>>;

/** One row per property: name (with `?` if optional), type, meaning; nested objects as `outer.inner`. */
export function propertyRows(schema: TSchema, nouns: Nouns, prefix = ''): string[][] {
  const { properties = {}, required = [] } = schema as AnySchema;
  return Object.entries(properties).flatMap(([name, property]) => {
    const path = `${prefix}${name}`;
    const optional = required.includes(name) ? '' : '?';
    const row = [`\`${path}${optional}\``, typeText(property, nouns), property.description ?? ''];
    const inner = property.type === 'array' ? property.items : property;
    const deeper = property.type === 'array' ? `${path}[].` : `${path}.`;
    const isPlain = inner?.type === 'object' && nounOf(inner, nouns) === undefined;
    return [row, ...(isPlain ? propertyRows(inner as TSchema, nouns, deeper) : [])];
  });
}

function typeText(schema: AnySchema, nouns: Nouns): string {
  const noun = nounOf(schema, nouns);
  if (noun !== undefined) return `[${noun}](#${noun.toLowerCase()})`;
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.anyOf !== undefined) return schema.anyOf.map((one) => typeText(one, nouns)).join(' or ');
  if (schema.type === 'array') return `array of ${typeText(schema.items ?? {}, nouns)}${limits(schema)}`;
  return `${schema.type ?? 'any'}${limits(schema)}`;
}

function nounOf(schema: AnySchema, nouns: Nouns): string | undefined {
  const text = JSON.stringify(schema);
  return Object.keys(nouns).find((name) => JSON.stringify(nouns[name]) === text);
}

function limits({ minimum, maximum, minLength, maxLength, maxItems }: AnySchema): string {
  if (maxItems !== undefined) return `, at most ${maxItems}`;
  if (maxLength !== undefined) return `, ${minLength ?? 0}..${maxLength} characters`;
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum}..${maximum}`;
  return minimum === undefined ? '' : `, at least ${minimum}`;
}

/** The schema read as a flat list of settings: one name, one meaning, one default each. */
import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import { type Kind, kinds } from './kinds.ts';
import { ConfigSchema } from './schema.ts';

/** What beside JSON Schema's own words a setting may say about itself. */
export interface SettingSchema extends TSchema {
  readonly type: 'integer' | 'number' | 'boolean' | 'string' | 'array';
  readonly default: unknown;
  readonly description: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly items?: { readonly enum?: readonly string[]; readonly kind?: Kind };
  readonly kind?: Kind;
  /** Never printed; may be given as a file. */
  readonly secret?: boolean;
  /** May be given as `<key>File`, a path whose content is the value. */
  readonly fromFile?: boolean;
}

export interface Setting {
  readonly section: string;
  readonly key: string;
  /** `section.key`, as errors name it. */
  readonly path: string;
  /** `VISAVIS__SECTION__KEY`. */
  readonly variable: string;
  readonly schema: SettingSchema;
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

export const variablePrefix = 'VISAVIS__';

export const settings: readonly Setting[] = Object.entries(ConfigSchema.properties).flatMap(
  ([section, sectionSchema]) =>
    Object.entries(sectionSchema.properties).map(([key, schema]) => ({
      section,
      key,
      path: `${section}.${key}`,
      variable: `${variablePrefix}${snake(section)}__${snake(key)}`,
      schema: schema as unknown as SettingSchema,
    })),
);

/** Whether `value` may stand for this setting. */
export function accepts(schema: SettingSchema, value: unknown): boolean {
  if (!Value.Check(schema, value)) return false;
  if (typeof value === 'string')
    return value === '' || schema.kind === undefined || kinds[schema.kind].is(value);
  const itemKind = schema.items?.kind;
  if (Array.isArray(value) && itemKind !== undefined) return value.every((item) => kinds[itemKind].is(item));
  return true;
}

/** The allowed values in words, for error messages and the annotated sample. */
export function allowedValues(schema: SettingSchema): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  switch (schema.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
    case 'number':
      return `${schema.type === 'integer' ? 'a whole number' : 'a number'}, ${schema.minimum} to ${schema.maximum}`;
    case 'array': {
      if (schema.items?.enum !== undefined) return `a list out of ${schema.items.enum.join(', ')}`;
      return `a list, each ${schema.items?.kind === undefined ? 'a text' : kinds[schema.items.kind].name}`;
    }
    case 'string':
      if (schema.kind !== undefined) {
        return `${kinds[schema.kind].name}${schema.minLength ? '' : ', or empty'}`;
      }
      return schema.minLength ? 'a text, not empty' : 'a text';
  }
}

/** The value an environment variable's text stands for; the text itself when it has not the setting's form. */
export function fromText(schema: SettingSchema, text: string): unknown {
  switch (schema.type) {
    case 'integer':
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'array':
      return text.trim() === '' ? [] : text.split(',').map((item) => item.trim());
    case 'string':
      return text;
  }
}

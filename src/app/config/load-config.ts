/** Defaults ← YAML file ← environment. Whatever is unknown or wrong is told at once, all of it, and refuses the start. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { ConfigError } from './config-error.ts';
import { inconsistencies } from './consistency.ts';
import { nearest } from './nearest.ts';
import type { Config } from './schema.ts';
import { accepts, allowedValues, fromText, type Setting, settings, variablePrefix } from './settings.ts';

export interface LoadOptions {
  /** Path of the YAML file; undefined: none. */
  readonly file?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface LoadedConfig {
  /** Frozen to the last leaf. */
  readonly config: Config;
  /** For each `section.key` that is not the default: the file or variable it came from. */
  readonly origins: ReadonlyMap<string, string>;
}

/** Throws ConfigError with every problem found. */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const problems: string[] = [];
  const values = new Map<string, unknown>();
  const origins = new Map<string, string>();
  const take = (setting: Setting, value: unknown, origin: string) => {
    if (accepts(setting.schema, value)) {
      values.set(setting.path, value);
      origins.set(setting.path, origin);
    } else {
      const shown = setting.schema.secret ? '(secret)' : JSON.stringify(value);
      problems.push(`${setting.path} is ${shown} (${origin}), but must be ${allowedValues(setting.schema)}`);
    }
  };
  const takeFile = (setting: Setting, path: string, origin: string) => {
    try {
      const content = readFileSync(path, 'utf8').trim();
      if (content === '') problems.push(`${setting.path}: the file ${path} (${origin}) is empty`);
      else take(setting, content, origin);
    } catch (error) {
      problems.push(`${setting.path}: cannot read ${path} (${origin}): ${(error as Error).message}`);
    }
  };

  if (options.file !== undefined) readYaml(options.file, take, takeFile, problems);
  readEnvironment(options.environment, take, takeFile, problems);

  const config: Record<string, Record<string, unknown>> = {};
  for (const { section, key, path, schema } of settings) {
    config[section] ??= {};
    config[section][key] = values.has(path) ? values.get(path) : structuredClone(schema.default);
  }
  if (problems.length === 0) problems.push(...inconsistencies(config as unknown as Config));
  if (problems.length > 0) throw new ConfigError(problems);
  return { config: freeze(config) as unknown as Config, origins };
}

type Take = (setting: Setting, value: unknown, origin: string) => void;
type TakeFile = (setting: Setting, path: string, origin: string) => void;

function readYaml(file: string, take: Take, takeFile: TakeFile, problems: string[]): void {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    problems.push(`cannot read ${file}: ${(error as Error).message}`);
    return;
  }
  const document = parseDocument(text, { uniqueKeys: true });
  for (const error of document.errors) problems.push(`${file}: ${error.message.trim()}`);
  if (document.errors.length > 0) return;
  const content: unknown = document.toJS() ?? {};
  if (!isMap(content)) {
    problems.push(`${file} must hold sections such as \`server:\`, not ${JSON.stringify(content)}`);
    return;
  }
  for (const [section, entries] of Object.entries(content)) {
    const ofSection = settings.filter((setting) => setting.section === section);
    if (ofSection.length === 0) {
      problems.push(unknown(section, [...new Set(settings.map((setting) => setting.section))], file));
      continue;
    }
    if (entries === null) continue;
    if (!isMap(entries)) {
      problems.push(`${section} is ${JSON.stringify(entries)} (${file}), but must be a section with keys`);
      continue;
    }
    for (const [key, value] of Object.entries(entries)) {
      const setting = ofSection.find((candidate) => candidate.key === key);
      const byFile = ofSection.find((candidate) => mayBeFile(candidate) && `${candidate.key}File` === key);
      if (setting !== undefined) take(setting, value, file);
      else if (byFile === undefined) {
        problems.push(unknown(`${section}.${key}`, ofSection.flatMap(namesOf), file));
      } else if (typeof value !== 'string') {
        problems.push(`${section}.${key} is ${JSON.stringify(value)} (${file}), but must be a path`);
      } else if (isMap(entries) && byFile.key in entries) {
        problems.push(`${byFile.path} and ${section}.${key} are both given (${file}); give one`);
      } else takeFile(byFile, resolve(dirname(file), value), file);
    }
  }
}

function readEnvironment(
  environment: LoadOptions['environment'],
  take: Take,
  takeFile: TakeFile,
  problems: string[],
): void {
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(variablePrefix) || text === undefined) continue;
    const setting = settings.find((candidate) => candidate.variable === name);
    const byFile = settings.find(
      (candidate) => mayBeFile(candidate) && `${candidate.variable}_FILE` === name,
    );
    if (setting !== undefined) take(setting, fromText(setting.schema, text), name);
    else if (byFile === undefined) {
      problems.push(unknown(name, settings.flatMap(variablesOf), 'environment'));
    } else if (environment[byFile.variable] !== undefined) {
      problems.push(`${byFile.variable} and ${name} are both given; give one`);
    } else takeFile(byFile, resolve(text), name);
  }
}

const mayBeFile = (setting: Setting) => setting.schema.fromFile === true;
const namesOf = (setting: Setting) =>
  mayBeFile(setting) ? [setting.path, `${setting.path}File`] : [setting.path];
const variablesOf = (setting: Setting) =>
  mayBeFile(setting) ? [setting.variable, `${setting.variable}_FILE`] : [setting.variable];

function unknown(name: string, known: readonly string[], origin: string): string {
  const guess = nearest(name, known);
  const hint = guess === undefined ? `known are ${known.join(', ')}` : `did you mean ${guess}?`;
  return `${name} is unknown (${origin}); ${hint}`;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}

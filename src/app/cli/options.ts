import { existsSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import { inInstallation } from '../installation.ts';
import { type CommandContext, UsageError } from './command.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

export interface ParsedOptions {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

/** Reads the arguments; `--config` is known to every command. Throws UsageError on what is not known. */
export function parseOptions(context: CommandContext, options: Options = {}): ParsedOptions {
  try {
    const { values, positionals } = parseArgs({
      args: [...context.args],
      options: { config: { type: 'string' }, ...options },
      allowPositionals: true,
    });
    return { values: values as ParsedOptions['values'], positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** An option that must be there. */
export function required({ values }: ParsedOptions, name: string): string {
  const value = values[name];
  if (typeof value !== 'string' || value === '') throw new UsageError(`--${name} is missing`);
  return value;
}

/** The file of `--config`, else visavis.yaml of the installation if there is one; undefined: defaults only. */
export function configFile({ values }: ParsedOptions): string | undefined {
  if (typeof values.config === 'string') return values.config;
  const usual = inInstallation('visavis.yaml');
  return existsSync(usual) ? usual : undefined;
}

/** The configuration a command works with. */
export function configOf(context: CommandContext, parsed: ParsedOptions): LoadedConfig {
  return loadConfig({ file: configFile(parsed), environment: context.environment });
}

/** The configuration as YAML for people: the annotated sample, and what is in force. */
import { stringify } from 'yaml';
import type { LoadedConfig } from './load-config.ts';
import { ConfigSchema } from './schema.ts';
import { allowedValues, type Setting, settings } from './settings.ts';

const width = 100;

/** `deploy/config.example.yaml`: every setting at its default, with its meaning and allowed values. */
export function renderExample(): string {
  const head = [
    'Visavis configuration. Every value here is the default: keep what you change, delete the rest.',
    'Each setting can also come from the environment, as VISAVIS__SECTION__KEY (lists with commas), for example',
    'VISAVIS__SERVER__HTTPS_PORT=443. Check with: npx visavis config check',
  ];
  return `${head.map((line) => `# ${line}`).join('\n')}\n${sections((setting) => [
    ...comment(`${setting.schema.description} Allowed: ${allowedValues(setting.schema)}.`),
    ...(setting.schema.fromFile ? comment(`Or ${setting.key}File: a path to it.`) : []),
    `  ${line(setting.key, setting.schema.default)}`,
  ])}`;
}

/** What is in force, secrets hidden; what is not a default says where it came from. */
export function renderEffective({ config, origins }: LoadedConfig): string {
  const values = config as unknown as Record<string, Record<string, unknown>>;
  return sections((setting) => {
    const value = values[setting.section]?.[setting.key];
    const shown = setting.schema.secret && value !== '' ? '[redacted]' : value;
    const origin = origins.get(setting.path);
    return [`  ${line(setting.key, shown)}${origin === undefined ? '' : ` # ${origin}`}`];
  });
}

function sections(render: (setting: Setting) => readonly string[]): string {
  return Object.entries(
    ConfigSchema.properties as unknown as Record<string, { readonly description: string }>,
  )
    .map(([name, { description }]) => {
      const lines = settings.filter((setting) => setting.section === name).flatMap(render);
      return `\n# ${description}\n${name}:\n${lines.join('\n')}\n`;
    })
    .join('');
}

function line(key: string, value: unknown): string {
  if (typeof value === 'string' && value.includes('\n')) return `${key}: ${JSON.stringify(value)}`;
  return `${key}: ${stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trimEnd()}`;
}

function comment(text: string): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    if (current !== '' && current.length + word.length > width) {
      lines.push(current);
      current = '';
    }
    current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current].map((each) => `  # ${each}`);
}

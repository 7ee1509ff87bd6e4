const names: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info ',
  40: 'WARN ',
  50: 'ERROR',
  60: 'FATAL',
};

/** One JSON log line as a person reads it: time of day, level, message, then what else it holds. */
export function prettyLine(json: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(json) as Record<string, unknown>;
  const details = Object.entries(rest).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const stack = (err as { stack?: string } | undefined)?.stack;
  const trouble = stack === undefined ? '' : `\n${stack.replace(/^/gm, '    ')}`;
  const clock = new Date(String(time)).toTimeString().slice(0, 8);
  return `${clock} ${names[Number(level)] ?? level} ${msg ?? ''}${details.join('')}${trouble}\n`;
}

/**
 * A time as people say it, on the clock of this machine: `10:14` (the last time it was), `yesterday 10:14`,
 * `2026-11-21 10:14`, or ISO 8601 with a zone. UTC milliseconds; undefined for anything else.
 */
export function readClockTime(text: string, nowMs: number): number | undefined {
  const [, day, hours, minutes] =
    /^(?:(yesterday|\d{4}-\d\d-\d\d)[ T])?(\d\d?):(\d\d)$/.exec(text.trim()) ?? [];
  if (hours === undefined || minutes === undefined) {
    const wallMs = /T.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(wallMs) ? undefined : wallMs;
  }
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  if (day !== undefined && day !== 'yesterday') {
    const wallMs = Date.parse(`${day}T${hours.padStart(2, '0')}:${minutes}`);
    return Number.isNaN(wallMs) ? undefined : wallMs;
  }
  const date = new Date(nowMs);
  const today = date.setHours(Number(hours), Number(minutes), 0, 0);
  if (day === undefined && today <= nowMs) return today;
  // By the calendar: a day on which the clock changes is not 24 h long.
  return date.setDate(date.getDate() - 1);
}

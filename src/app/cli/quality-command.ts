import { type Language, type Person, sayPerson } from '../../signaling/quality/finding-words.ts';
import {
  peopleOf,
  type QualityHistory,
  type QualityStep,
  readHistory,
} from '../../signaling/quality/quality-history.ts';
import type { QualitySample } from '../../signaling/quality/quality-sample.ts';
import { QualityStore } from '../../store/quality-store.ts';
import { qualityRetention } from '../signaling-options.ts';
import { readClockTime } from './clock-time.ts';
import { type Command, type CommandContext, UsageError } from './command.ts';
import { configOf, parseOptions } from './options.ts';
import { withStore } from './with-store.ts';

const minuteMs = 60_000;
const aroundMinutes = 5;
const stepSeconds = 60;
/** A room of four for two days. */
const maxSamples = 80_000;

const words = {
  en: {
    good: 'good',
    fair: 'fair',
    poor: 'poor',
    none: 'nothing was kept of this room then',
    minutes: 'minutes',
  },
  zh: { good: '良好', fair: '一般', poor: '较差', none: '该房间在此时间没有记录', minutes: '分钟' },
} as const satisfies Record<Language, object>;

export const qualityCommand: Command = {
  summary:
    'tell how the calls of a room were and why: around a time, or what was not good in the last day (TIME: 10:14, "yesterday 10:14", "2026-11-21 10:14")',
  usage: 'quality ROOM [--at TIME] [--language en|zh] [--config FILE]',
  async run(context) {
    const parsed = parseOptions(context, { at: { type: 'string' }, language: { type: 'string' } });
    const [room, ...more] = parsed.positionals;
    if (room === undefined || more.length > 0) throw new UsageError('quality needs the name of one room');
    const language = languageOf(context, parsed.values.language);
    const nowMs = Date.now();
    const { at } = parsed.values;
    const atMs = typeof at === 'string' ? readClockTime(at, nowMs) : undefined;
    if (at !== undefined && atMs === undefined) {
      throw new UsageError(`--at is ${at}, but must be like 10:14, "yesterday 10:14" or "2026-11-21 10:14"`);
    }
    const time =
      atMs === undefined
        ? { fromMs: nowMs - 24 * 60 * minuteMs, toMs: nowMs }
        : { fromMs: atMs - aroundMinutes * minuteMs, toMs: atMs + (aroundMinutes + 1) * minuteMs };
    const { config } = configOf(context, parsed);
    return withStore(config, async ({ database }) => {
      const store = new QualityStore(database, qualityRetention(config));
      const history = readHistory(store, { room, ...time, stepSeconds, maxSamples });
      context.stdout.write(render(history, atMs, language));
      return history.consultations.length > 0 ? 0 : 1;
    });
  },
};

function languageOf({ environment }: CommandContext, wanted: unknown): Language {
  if (wanted === undefined) {
    const { LC_ALL, LC_MESSAGES, LANG } = environment;
    return (LC_ALL || LC_MESSAGES || LANG)?.startsWith('zh') ? 'zh' : 'en';
  }
  if (wanted === 'en' || wanted === 'zh') return wanted;
  throw new UsageError(`--language is ${wanted}, but must be en or zh`);
}

/** Every minute around `atMs` with the figures of that one; or without it what was not good. */
function render({ consultations }: QualityHistory, atMs: number | undefined, language: Language): string {
  if (consultations.length === 0) return `${words[language].none}\n`;
  const lines: string[] = [];
  for (const { startedAt, steps } of consultations) {
    const counts = (['good', 'fair', 'poor'] as const)
      .map((word) => `${steps.filter((step) => step.word === word).length} ${words[language][word]}`)
      .join(', ');
    lines.push(
      `${day(startedAt)} ${clock(startedAt)}  ${steps.length} ${words[language].minutes}: ${counts}`,
    );
    const people = peopleOf(steps.flatMap(({ participants }) => participants));
    for (const step of steps) {
      if (atMs === undefined && step.word === 'good') continue;
      lines.push(...stepLines(step, language));
      const startMs = Date.parse(step.at);
      if (atMs !== undefined && startMs <= atMs && atMs < startMs + minuteMs) {
        lines.push(...step.participants.flatMap((sample) => figures(sample, people, language)));
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

function stepLines({ at, word, tell }: QualityStep, language: Language): string[] {
  return tell.map((sentence, index) => {
    const head = index === 0 ? `  ${clock(at)}  ${words[language][word]}` : '';
    return `${head.padEnd(language === 'zh' ? 13 : 15)}${sentence[language]}`;
  });
}

function figures(sample: QualitySample, people: ReadonlyMap<string, Person>, language: Language): string[] {
  const { down, up, rttSeconds } = sample;
  const name = (participantId: string) => sayPerson(people.get(participantId), language);
  const line = [
    `up ${kilobits(up.bitsPerSecond)}`,
    `down ${kilobits(down.bitsPerSecond)}`,
    ...(down.estimateBitsPerSecond === undefined ? [] : [`estimate ${kilobits(down.estimateBitsPerSecond)}`]),
    ...(down.redundancyBitsPerSecond === undefined
      ? []
      : [`redundancy ${kilobits(down.redundancyBitsPerSecond)}`]),
    ...(down.lossRatio === undefined ? [] : [`loss down ${(down.lossRatio * 100).toFixed(1)} %`]),
    ...(rttSeconds === undefined ? [] : [`rtt ${Math.round(rttSeconds * 1000)} ms`]),
  ];
  const published = sample.published.map((row) => {
    const picture = row.kind === 'video' ? `${row.width}x${row.height}, ` : '';
    const losses = `${row.packets} packets, ${row.packetsLost} lost, ${row.packetsUnrepaired} unrepaired`;
    return `  > ${row.source} ${picture}${kilobits(row.bitsPerSecond)}, ${losses}`;
  });
  const watched = sample.watched.map((row) => {
    const picture = row.kind === 'video' ? `${row.width}x${row.height} (${row.reason}), ` : '';
    const { shown } = row;
    const seen =
      shown === undefined
        ? ''
        : row.kind === 'video'
          ? `, ${shown.framesDecoded} frames, ${shown.framesDropped} dropped, ${shown.freezes} freezes ${shown.frozenSeconds.toFixed(1)} s`
          : `, ${shown.concealedSeconds.toFixed(1)} s concealed`;
    return `  < ${row.source} (${name(row.from)}) ${picture}${kilobits(row.bitsPerSecond)}, ${row.retransmissions} resent${seen}`;
  });
  return [`${name(sample.participantId)}: ${line.join(', ')}`, ...published, ...watched].map(
    (text) => `         ${text}`,
  );
}

function kilobits(bitsPerSecond: number): string {
  return `${Math.round(bitsPerSecond / 1000)} kbit/s`;
}

function day(isoTime: string): string {
  const date = new Date(isoTime);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function clock(isoTime: string): string {
  const date = new Date(isoTime);
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}

/** Findings as sentences for people, in English and Chinese. */
import type { Role, Source } from '../protocol/common.ts';
import type { Finding, FindingCode } from './findings.ts';

export type Language = 'en' | 'zh';

/** Someone by their role, for names are not kept: "the client", "client 2" where there are several. */
export interface Person {
  readonly role: Role;
  /** From 1; undefined where the role tells them apart. */
  readonly number: number | undefined;
}

type Sentences = {
  readonly [Code in FindingCode]: (
    finding: Extract<Finding, { readonly code: Code }>,
    name: (participantId: string) => string,
  ) => string;
};

const thing = {
  en: { camera: 'camera', microphone: 'microphone', screen: 'screen', instrument: 'instrument' },
  zh: { camera: '摄像头', microphone: '麦克风', screen: '屏幕', instrument: '仪器' },
} as const satisfies Record<Language, Record<Source, string>>;

const becauseEn: Readonly<Record<string, string>> = { bandwidth: 'bandwidth', loss: 'packet loss' };
const becauseZh: Readonly<Record<string, string>> = { bandwidth: '带宽不足', loss: '丢包' };

const en: Sentences = {
  away: ({ who }, name) => `The connection of ${name(who)} was broken for some of the time.`,
  silent: ({ who, source }, name) => `Nothing arrived from the ${thing.en[source]} of ${name(who)}.`,
  noPicture: ({ who, from, source, reason }, name) =>
    `${sentence(name(who))} got no picture from the ${thing.en[source]} of ${name(from)}${reason in becauseEn ? ` because of ${becauseEn[reason]}` : ''}.`,
  frozen: ({ who, from, source, seconds }, name) =>
    `For ${name(who)} the picture from the ${thing.en[source]} of ${name(from)} stood still for ${digits(seconds)} s.`,
  concealed: ({ who, from, source, share }, name) =>
    `For ${name(who)} ${percent(share)} of the sound from the ${thing.en[source]} of ${name(from)} was missing.`,
  uplinkLoss: ({ who, share, repairedTo }, name) =>
    `Loss on the uplink of ${name(who)} ${percent(share)}, repaired to ${percent(repairedTo)}.`,
  downlinkLoss: ({ who, share }, name) => `Loss on the downlink of ${name(who)} ${percent(share)}.`,
  smallPicture: ({ who, from, source, width, height, bitsPerSecond, reason }, name) =>
    `The line to ${name(who)} carried ${rate(bitsPerSecond)}: the ${thing.en[source]} of ${name(from)} at ${width}x${height} because of ${becauseEn[reason]}.`,
  uplinkLimited: ({ who, source, width, height, bitsPerSecond }, name) =>
    `The line from ${name(who)} had no room for more: ${thing.en[source]} at ${width}x${height}, ${rate(bitsPerSecond)}.`,
  encoderSlow: ({ who, source, width, height }, name) =>
    `The device of ${name(who)} was too slow to send more: ${thing.en[source]} at ${width}x${height}.`,
  decoderSlow: ({ who, share }, name) =>
    `The device of ${name(who)} was too slow and left out ${percent(share)} of the pictures.`,
  roundTrip: ({ who, seconds }, name) => `The round trip to ${name(who)} took ${milliseconds(seconds)} ms.`,
  queueDelay: ({ who, seconds }, name) =>
    `The line to ${name(who)} was full: ${milliseconds(seconds)} ms of delay stood in it.`,
};

const zh: Sentences = {
  away: ({ who }, name) => `${name(who)}的连接中断过一段时间。`,
  silent: ({ who, source }, name) => `没有收到${name(who)}的${thing.zh[source]}数据。`,
  noPicture: ({ who, from, source, reason }, name) =>
    `${reason in becauseZh ? `因${becauseZh[reason]}，` : ''}${name(who)}看不到${name(from)}的${thing.zh[source]}画面。`,
  frozen: ({ who, from, source, seconds }, name) =>
    `${name(who)}看到的${name(from)}${thing.zh[source]}画面卡住了 ${digits(seconds)} 秒。`,
  concealed: ({ who, from, source, share }, name) =>
    `${name(who)}听到的${name(from)}${thing.zh[source]}声音缺失 ${percent(share)}。`,
  uplinkLoss: ({ who, share, repairedTo }, name) =>
    `${name(who)}上行丢包 ${percent(share)}，修复后剩余 ${percent(repairedTo)}。`,
  downlinkLoss: ({ who, share }, name) => `${name(who)}下行丢包 ${percent(share)}。`,
  smallPicture: ({ who, from, source, width, height, bitsPerSecond, reason }, name) =>
    `到${name(who)}的线路只能承载 ${rate(bitsPerSecond)}：因${becauseZh[reason]}，${name(from)}的${thing.zh[source]}画面为 ${width}x${height}。`,
  uplinkLimited: ({ who, source, width, height, bitsPerSecond }, name) =>
    `${name(who)}的上行带宽不足：${thing.zh[source]}画面为 ${width}x${height}，${rate(bitsPerSecond)}。`,
  encoderSlow: ({ who, source, width, height }, name) =>
    `${name(who)}的设备性能不足：${thing.zh[source]}画面只能发送 ${width}x${height}。`,
  decoderSlow: ({ who, share }, name) => `${name(who)}的设备性能不足，丢弃了 ${percent(share)} 的画面。`,
  roundTrip: ({ who, seconds }, name) => `到${name(who)}的往返时间为 ${milliseconds(seconds)} 毫秒。`,
  queueDelay: ({ who, seconds }, name) =>
    `到${name(who)}的线路拥堵，积压了 ${milliseconds(seconds)} 毫秒的延迟。`,
};

const sentences = { en, zh } as const;

const roleName = {
  en: { consultant: 'consultant', client: 'client', device: 'device' },
  zh: { consultant: '顾问', client: '顾客', device: '设备' },
} as const satisfies Record<Language, Record<Role, string>>;

export const nothingWrong = {
  en: 'Nothing wrong was measured.',
  zh: '没有测到异常。',
} as const satisfies Record<Language, string>;

/** One finding as one sentence. `people`: who is who, by participant id. */
export function sayFinding(
  finding: Finding,
  people: ReadonlyMap<string, Person>,
  language: Language,
): string {
  const name = (participantId: string) => sayPerson(people.get(participantId), language);
  // The table is keyed by the very code it is asked for, which TypeScript cannot follow through a union.
  const say = sentences[language][finding.code] as (finding: Finding, name: (id: string) => string) => string;
  return say(finding, name);
}

/** "the client" or "client 2"; 顾客 or 顾客2. */
export function sayPerson(person: Person | undefined, language: Language): string {
  if (person === undefined) return language === 'en' ? 'somebody' : '某人';
  const role = roleName[language][person.role];
  if (language === 'zh') return `${role}${person.number ?? ''}`;
  return person.number === undefined ? `the ${role}` : `${role} ${person.number}`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Two digits that count: 0.2 %, 3.1 %, 31 %. */
function percent(share: number): string {
  return `${digits(share * 100)} %`;
}

function digits(value: number): string {
  return value >= 10 ? value.toFixed(0) : String(Number(value.toFixed(1)));
}

function rate(bitsPerSecond: number): string {
  return bitsPerSecond >= 1e6
    ? `${digits(bitsPerSecond / 1e6)} Mbit/s`
    : `${Math.round(bitsPerSecond / 1e3)} kbit/s`;
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000);
}

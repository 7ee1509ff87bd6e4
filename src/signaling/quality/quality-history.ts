/** What was kept of a room's calls, step by step, with what was wrong and why. */
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { Id, RoomName } from '../protocol/common.ts';
import type { StoredSample } from '../tokens/stores.ts';
import { nothingWrong, type Person, sayFinding } from './finding-words.ts';
import { findingsOf, type QualityWord, wordOf } from './findings.ts';
import { mergeSamples } from './merge-samples.ts';
import { QualitySample } from './quality-sample.ts';

const Time = Type.String({ description: 'UTC, ISO 8601.' });
const Word = Type.Union([Type.Literal('good'), Type.Literal('fair'), Type.Literal('poor')], {
  description: 'How it was for who had it worst; loss that was repaired does not count.',
});
const Tell = Type.Object({ en: Type.String(), zh: Type.String() });

export const QualityStep = Type.Object({
  at: Time,
  word: Word,
  tell: Type.Array(Tell, {
    description: 'What was wrong and why, a sentence each; people are told by their role.',
  }),
  participants: Type.Array(QualitySample),
});
export type QualityStep = Static<typeof QualityStep>;

export const QualityHistory = Type.Object({
  room: RoomName,
  from: Time,
  to: Time,
  complete: Type.Boolean({ description: 'False: there was more than one answer holds; ask for less time.' }),
  unreadable: Type.Integer({ description: 'Samples left out because another version wrote them otherwise.' }),
  consultations: Type.Array(
    Type.Object({
      consultationId: Id,
      startedAt: Type.String({ description: 'The first of it in this time. UTC, ISO 8601.' }),
      endedAt: Time,
      steps: Type.Array(QualityStep),
    }),
  ),
});
export type QualityHistory = Static<typeof QualityHistory>;

export interface HistoryQuestion {
  readonly room: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepSeconds: number;
  /** How many samples are looked at. */
  readonly maxSamples: number;
}

/** The part of the store that is read. */
export interface QualityReader {
  read(room: string, fromMs: number, toMs: number, limit: number): StoredSample[];
}

interface Placed {
  readonly stepMs: number;
  readonly sample: QualitySample;
}

const validator = Compile(QualitySample);
const worst: Readonly<Record<QualityWord, number>> = { good: 0, fair: 1, poor: 2 };

/** Answers a question from the store. Steps begin at whole multiples of their length; those without samples are left out. */
export function readHistory(reader: QualityReader, question: HistoryQuestion): QualityHistory {
  const { room, fromMs, toMs, maxSamples } = question;
  const rows = reader.read(room, fromMs, toMs, maxSamples + 1);
  const complete = rows.length <= maxSamples;
  const stepMs = question.stepSeconds * 1000;
  const consultations = new Map<string, Placed[]>();
  let unreadable = 0;
  for (const { consultationId, atMs, sample: text } of rows.slice(0, maxSamples)) {
    const sample: unknown = JSON.parse(text);
    if (!validator.Check(sample)) {
      unreadable += 1;
      continue;
    }
    const middleMs = atMs - sample.seconds * 500;
    const placed = { stepMs: Math.floor(middleMs / stepMs) * stepMs, sample };
    const others = consultations.get(consultationId);
    if (others === undefined) consultations.set(consultationId, [placed]);
    else others.push(placed);
  }
  return {
    room,
    from: isoTime(fromMs),
    to: isoTime(toMs),
    complete,
    unreadable,
    consultations: [...consultations].map(([consultationId, placed]) => ({
      consultationId,
      startedAt: isoTime(placed[0]!.stepMs),
      endedAt: isoTime(placed.at(-1)!.stepMs + stepMs),
      steps: stepsOf(placed),
    })),
  };
}

/** Who is who, numbered by first sight where a role alone does not tell. */
export function peopleOf(samples: Iterable<QualitySample>): ReadonlyMap<string, Person> {
  const roles = new Map<string, QualitySample['role']>();
  for (const { participantId, role, watched } of samples) {
    roles.set(participantId, role);
    for (const { from, fromRole } of watched) roles.set(from, fromRole);
  }
  const all = [...roles.values()];
  const seen = new Map<string, number>();
  const people = new Map<string, Person>();
  for (const [participantId, role] of roles) {
    const number = (seen.get(role) ?? 0) + 1;
    seen.set(role, number);
    const alone = all.filter((other) => other === role).length === 1;
    people.set(participantId, { role, number: alone ? undefined : number });
  }
  return people;
}

function stepsOf(placed: readonly Placed[]): QualityStep[] {
  const people = peopleOf(placed.map(({ sample }) => sample));
  const steps = new Map<number, Map<string, QualitySample[]>>();
  for (const { stepMs, sample } of placed) {
    const step = steps.get(stepMs) ?? new Map<string, QualitySample[]>();
    steps.set(stepMs, step);
    const rows = step.get(sample.participantId);
    if (rows === undefined) step.set(sample.participantId, [sample]);
    else rows.push(sample);
  }
  return [...steps].map(([atMs, byParticipant]) => {
    const participants = [...byParticipant.values()].map(mergeSamples);
    return {
      at: isoTime(atMs),
      word: worstWord(participants),
      tell: tell(participants, people),
      participants,
    };
  });
}

function worstWord(participants: readonly QualitySample[]): QualityWord {
  const words = participants.map(wordOf);
  return words.reduce((a, b) => (worst[b] > worst[a] ? b : a), 'good');
}

function tell(
  participants: readonly QualitySample[],
  people: ReadonlyMap<string, Person>,
): { en: string; zh: string }[] {
  const findings = participants.flatMap(findingsOf);
  if (findings.length === 0) return [nothingWrong];
  return findings.map((finding) => ({
    en: sayFinding(finding, people, 'en'),
    zh: sayFinding(finding, people, 'zh'),
  }));
}

function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

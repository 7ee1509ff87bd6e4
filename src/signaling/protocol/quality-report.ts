/** What a browser tells of the call as its person has it, because nobody else can know. */
import Type, { type Static } from 'typebox';
import { Id } from './common.ts';

const closed = { additionalProperties: false } as const;
/** Far above what 60 s can hold. */
const Count = (description: string) => Type.Integer({ minimum: 0, maximum: 1_000_000, description });
const Seconds = (description: string) => Type.Number({ minimum: 0, maximum: 60, description });

/** The totals of one subscription since the report before. */
export const ShownReport = Type.Object(
  {
    consumerId: Id,
    framesDecoded: Count('0 for sound.'),
    framesDropped: Count('Decoded and not shown.'),
    freezes: Count('webrtc-stats `freezeCount`.'),
    frozenSeconds: Seconds('webrtc-stats `totalFreezesDuration`.'),
    concealedSeconds: Seconds('Sound that was made up, silence not counted.'),
    packetsLost: Count('Before repair.'),
  },
  closed,
);
export type ShownReport = Static<typeof ShownReport>;

export const QualityReport = Type.Object(
  {
    seconds: Type.Number({ minimum: 1, maximum: 60, description: 'Since the report before.' }),
    watched: Type.Array(ShownReport, { maxItems: 64 }),
    published: Type.Array(
      Type.Object(
        {
          producerId: Id,
          limitation: Type.Union(
            [Type.Literal('none'), Type.Literal('cpu'), Type.Literal('bandwidth'), Type.Literal('other')],
            { description: 'webrtc-stats `qualityLimitationReason`.' },
          ),
        },
        closed,
      ),
      { maxItems: 64 },
    ),
  },
  closed,
);
export type QualityReport = Static<typeof QualityReport>;

/** A report that follows another sooner than this is refused as `rate_limited`. */
export const minReportSeconds = 5;

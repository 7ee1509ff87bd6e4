/**
 * How the call was for one participant over one interval: what they sent, what they watched, and the line between. Base
 * units, shares 0 to 1; what is not known is left out. Nothing in it tells who somebody is.
 */
import Type, { type Static } from 'typebox';
import { Id, MediaKind, Role, Source } from '../protocol/common.ts';

const Share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const Amount = (description: string) => Type.Number({ minimum: 0, description });

/** One published source, its simulcast layers together. */
export const PublishedQuality = Type.Object({
  source: Source,
  kind: MediaKind,
  muted: Type.Boolean(),
  bitsPerSecond: Amount('Media without repairs.'),
  width: Type.Integer({ description: 'Pixels of the largest layer that arrives; 0: none, or sound.' }),
  height: Type.Integer(),
  packets: Amount('That arrived, repaired ones included.'),
  packetsLost: Amount('On the way to the server, before repair.'),
  packetsUnrepaired: Amount('And still missing after it.'),
  jitterSeconds: Amount('RFC 3550 interarrival jitter.'),
  keyFrameRequests: Amount('Sent to the publisher.'),
  limitation: Type.Optional(
    Type.String({
      description:
        "Why the publisher's browser sends less than it could: `cpu`, `bandwidth`, `other`; absent: none.",
    }),
  ),
});
export type PublishedQuality = Static<typeof PublishedQuality>;

/** What only the browser that shows it knows. */
export const ShownQuality = Type.Object({
  seconds: Amount('That its reports cover.'),
  framesDecoded: Amount('Pictures.'),
  framesDropped: Amount('Pictures that were decoded and not shown.'),
  freezes: Amount('How often the picture stood still, as the browser counts.'),
  frozenSeconds: Amount('And for how long.'),
  concealedSeconds: Amount('Sound that was made up for what did not come in time.'),
  packetsLost: Amount('On the way from the server, before repair.'),
});
export type ShownQuality = Static<typeof ShownQuality>;

/** One subscription. */
export const WatchedQuality = Type.Object({
  from: Id,
  fromRole: Role,
  source: Source,
  kind: MediaKind,
  paused: Type.Boolean({ description: 'By who watches, or muted by who sends.' }),
  bitsPerSecond: Amount('Media without repairs.'),
  width: Type.Integer({ description: 'Pixels of the layer that is forwarded; 0: none, or sound.' }),
  height: Type.Integer(),
  spatialLayer: Type.Integer({ description: '-1: no picture is forwarded.' }),
  reason: Type.String({
    description: 'Why it is this layer: `start`, `wanted`, `publisher`, `bandwidth`, `loss`.',
  }),
  packets: Amount('Sent, repairs not counted.'),
  retransmissions: Amount('Sent again.'),
  shown: Type.Optional(ShownQuality),
});
export type WatchedQuality = Static<typeof WatchedQuality>;

export const QualitySample = Type.Object({
  participantId: Id,
  role: Role,
  seconds: Amount('Length of the interval.'),
  connected: Type.Boolean({ description: 'Whether signaling was at its end.' }),
  rttSeconds: Type.Optional(Amount('Between server and participant.')),
  down: Type.Object(
    {
      bitsPerSecond: Amount('Everything sent to the participant, as packets.'),
      lossRatio: Type.Optional(Share('What the network took, before repair.')),
      estimateBitsPerSecond: Type.Optional(Amount('What congestion control takes the line for.')),
      redundancyBitsPerSecond: Type.Optional(Amount('Copies and parity sent against loss.')),
      queueDelaySeconds: Type.Optional(Amount('Delay that stands in the line.')),
      state: Type.Optional(
        Type.String({
          description: 'Congestion: `normal`, `overuse`, `underuse`, `lossLimited`, `noFeedback`.',
        }),
      ),
    },
    { description: 'The line from the server.' },
  ),
  up: Type.Object(
    { bitsPerSecond: Amount('Everything that came from the participant, as packets.') },
    { description: 'The line to the server; losses are told by source.' },
  ),
  published: Type.Array(PublishedQuality),
  watched: Type.Array(WatchedQuality),
});
export type QualitySample = Static<typeof QualitySample>;

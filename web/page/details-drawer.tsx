import type { ConsultationState, LocalSource, RemoteSource } from '../sdk/consultation-state.ts';
import type { Quality, StreamQuality } from '../sdk/quality.ts';
import { Drawer } from './drawer.tsx';
import { reducedPicture } from './reduced-picture.ts';
import { shownName } from './shown-name.ts';
import type { Words } from './words/en.ts';
import { useWords } from './words/language.tsx';

const bitrate = (bitsPerSecond: number) =>
  bitsPerSecond >= 1e6
    ? `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`
    : `${Math.round(bitsPerSecond / 1e3)} kbit/s`;
const percent = (ratio: number) => `${(ratio * 100).toFixed(ratio < 0.1 ? 1 : 0)} %`;

const codecName = (codec: string) => (codec.toLowerCase() === 'opus' ? 'Opus' : codec.toUpperCase());

/** The numbers behind the word, for whoever has to find out what is wrong. */
export function DetailsDrawer(props: {
  readonly state: ConsultationState;
  readonly quality: Quality | undefined;
  readonly onClose: () => void;
}) {
  const words = useWords();
  const { state, quality } = props;
  const reduced = reducedPicture(state.participants);
  const text = {
    good: words.details.goodText,
    fair: words.details.fairText,
    poor: words.details.poorText,
  };
  return (
    <Drawer title={words.details.title} onClose={props.onClose}>
      <div className="details">
        {quality === undefined ? (
          <p className="lead">{words.details.unknown}</p>
        ) : (
          <>
            <p className={`quality-word ${quality.word}`}>{words.details[quality.word]}</p>
            <p className="lead">
              {quality.word !== 'good' && quality.cause === 'device'
                ? words.details.deviceText
                : text[quality.word]}
            </p>
            {reduced !== undefined && <p className="lead">{words.details.reduced[reduced]}</p>}
            <dl>
              {quality.roundTripMs !== undefined && (
                <Row name={words.details.roundTrip} value={`${Math.round(quality.roundTripMs)} ms`} />
              )}
              <Row name={words.details.loss} value={percent(quality.lossRatio)} />
              <Row name={words.details.sent} value={bitrate(quality.sentBitsPerSecond)} />
              <Row name={words.details.received} value={bitrate(quality.receivedBitsPerSecond)} />
              {quality.protocol !== undefined && (
                <Row name={words.details.path} value={quality.protocol.toUpperCase()} />
              )}
            </dl>
          </>
        )}
        {state.local.map((source) => (
          <Stream
            key={source.source}
            name={localName(words, source)}
            stream={source.mid === undefined ? undefined : quality?.streams.get(source.mid)}
          />
        ))}
        {state.participants.flatMap((participant) =>
          participant.sources.map((source) => (
            <Stream
              key={source.producerId}
              name={words.details[source.source](shownName(participant.displayName, words))}
              stream={source.mid === undefined ? undefined : quality?.streams.get(source.mid)}
              remote={source}
            />
          )),
        )}
      </div>
    </Drawer>
  );
}

function Stream(props: {
  readonly name: string;
  readonly stream: StreamQuality | undefined;
  readonly remote?: RemoteSource;
}) {
  const words = useWords();
  const { name, stream, remote } = props;
  if (stream === undefined) return null;
  const layer = remote?.kind === 'video' ? remote.layer : undefined;
  return (
    <section className="stream">
      <h3>{name}</h3>
      <dl>
        {stream.height > 0 && (
          <>
            <Row name={words.details.picture} value={`${stream.width} × ${stream.height}`} />
            <Row name={words.details.frames} value={`${Math.round(stream.framesPerSecond)} / s`} />
          </>
        )}
        <Row name={words.details.bitrate} value={bitrate(stream.bitsPerSecond)} />
        <Row name={words.details.loss} value={percent(stream.lossRatio)} />
        {stream.codec !== '' && <Row name={words.details.codec} value={codecName(stream.codec)} />}
        {layer !== undefined && (
          <Row
            name={words.details.layer}
            value={
              layer.spatialLayer < 0
                ? words.details.layerOff
                : `${words.details.layerName(layer.spatialLayer, layer.temporalLayer)}, ${
                    words.details.reason[remote?.reason ?? 'start']
                  }`
            }
          />
        )}
        {remote === undefined && stream.height > 0 && (
          <Row name={words.details.limitation} value={limitedBy(words, stream.limitation)} />
        )}
      </dl>
    </section>
  );
}

function Row({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div className="detail-row">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function localName(words: Words, { source }: LocalSource): string {
  const names = {
    camera: words.details.yourCamera,
    microphone: words.details.yourMicrophone,
    screen: words.details.yourScreen,
    instrument: words.details.yourInstrument,
  };
  return names[source];
}

function limitedBy(words: Words, limitation: string): string {
  const { limitedBy } = words.details;
  return limitation in limitedBy ? limitedBy[limitation as keyof typeof limitedBy] : limitedBy.other;
}

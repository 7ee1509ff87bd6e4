/** Dependency descriptors written bit by bit, for structures of S spatial and T temporal layers. */
import { BitWriter } from './bit-writer.ts';

/** Indications of one template or frame, by decode target: `-` not present, `D`, `S`, `R`. */
export type Indications = string;

export interface SampleTemplate {
  readonly spatialLayer: number;
  readonly temporalLayer: number;
  readonly indications: Indications;
  readonly diffs: readonly number[];
  readonly chainDiffs: readonly number[];
}

export interface SampleStructure {
  readonly templateIdOffset: number;
  readonly targets: number;
  /** Ordered by layer. */
  readonly templates: readonly SampleTemplate[];
  /** By target; empty: no chains. */
  readonly protectedBy: readonly number[];
  readonly chains: number;
  readonly resolutions: readonly (readonly [number, number])[];
}

export interface SampleDescriptor {
  readonly start?: boolean;
  readonly end?: boolean;
  readonly templateId: number;
  readonly frameNumber: number;
  readonly structure?: SampleStructure;
  readonly activeTargets?: number;
  /** How many targets `activeTargets` is written for; that of `structure` if absent. */
  readonly targets?: number;
  readonly indications?: Indications;
  readonly diffs?: readonly number[];
  readonly chainDiffs?: readonly number[];
}

const INDICATION = '-DSR';

function writeStructure(bits: BitWriter, structure: SampleStructure): void {
  bits.bits(structure.templateIdOffset, 6).bits(structure.targets - 1, 5);
  for (const [index, { spatialLayer, temporalLayer }] of structure.templates.entries()) {
    const next = structure.templates[index + 1];
    if (next === undefined) bits.bits(3, 2);
    else if (next.spatialLayer > spatialLayer) bits.bits(2, 2);
    else bits.bits(next.temporalLayer > temporalLayer ? 1 : 0, 2);
  }
  for (const { indications } of structure.templates) {
    for (const letter of indications) bits.bits(INDICATION.indexOf(letter), 2);
  }
  for (const { diffs } of structure.templates) {
    for (const diff of diffs) bits.bits(1, 1).bits(diff - 1, 4);
    bits.bits(0, 1);
  }
  bits.nonSymmetric(structure.chains, structure.targets + 1);
  if (structure.chains > 0) {
    for (const chain of structure.protectedBy) bits.nonSymmetric(chain, structure.chains);
    for (const { chainDiffs } of structure.templates) for (const diff of chainDiffs) bits.bits(diff, 4);
  }
  bits.bits(structure.resolutions.length > 0 ? 1 : 0, 1);
  for (const [width, height] of structure.resolutions) bits.bits(width - 1, 16).bits(height - 1, 16);
}

export function dependencyDescriptor(sample: SampleDescriptor): Buffer {
  const { start = true, end = true, structure, activeTargets, indications, diffs, chainDiffs } = sample;
  const bits = new BitWriter();
  bits
    .bits(start ? 1 : 0, 1)
    .bits(end ? 1 : 0, 1)
    .bits(sample.templateId, 6)
    .bits(sample.frameNumber, 16);
  const extended = [structure, activeTargets, indications, diffs, chainDiffs].map(
    (part) => part !== undefined,
  );
  if (!extended.includes(true)) return bits.finish();
  for (const there of extended) bits.bits(there ? 1 : 0, 1);
  if (structure !== undefined) writeStructure(bits, structure);
  if (activeTargets !== undefined) bits.bits(activeTargets, sample.targets ?? structure!.targets);
  for (const letter of indications ?? '') bits.bits(INDICATION.indexOf(letter), 2);
  if (diffs !== undefined) {
    for (const diff of diffs) {
      const size = diff <= 16 ? 1 : diff <= 256 ? 2 : 3;
      bits.bits(size, 2).bits(diff - 1, 4 * size);
    }
    bits.bits(0, 2);
  }
  for (const diff of chainDiffs ?? []) bits.bits(diff, 8);
  return bits.finish();
}

/** Two spatial and two temporal layers, full SVC (L2T2 of the AV1 RTP specification); target = 2 x spatial + temporal. */
export const L2T2: SampleStructure = {
  templateIdOffset: 60,
  targets: 4,
  chains: 2,
  protectedBy: [0, 0, 1, 1],
  resolutions: [
    [320, 180],
    [640, 360],
  ],
  templates: [
    { spatialLayer: 0, temporalLayer: 0, indications: 'SSSS', diffs: [], chainDiffs: [0, 0] },
    { spatialLayer: 0, temporalLayer: 0, indications: 'SSRR', diffs: [4], chainDiffs: [4, 3] },
    { spatialLayer: 0, temporalLayer: 1, indications: '-D-R', diffs: [2], chainDiffs: [2, 1] },
    { spatialLayer: 1, temporalLayer: 0, indications: '--SS', diffs: [1], chainDiffs: [1, 1] },
    { spatialLayer: 1, temporalLayer: 0, indications: '--SS', diffs: [4, 1], chainDiffs: [1, 1] },
    { spatialLayer: 1, temporalLayer: 1, indications: '---D', diffs: [2, 1], chainDiffs: [3, 2] },
  ],
};

import type { BitReader } from './bit-reader.ts';

/** MAX_SPATIAL_ID, MAX_TEMPORAL_ID and the number of template ids, AV1 RTP specification §A.8.2. */
const MAX_SPATIAL_LAYER = 3;
const MAX_TEMPORAL_LAYER = 7;
const MAX_TEMPLATES = 64;
/** More references than any encoder has buffers for; bounds what a told structure may occupy. */
const MAX_TEMPLATE_DIFFS = 16;

/**
 * The template dependency structure of one coded video sequence: what the templates that packets name stand for.
 * It comes with the first packet of each sequence and never changes afterwards; a new sequence brings a new object.
 * Sets of decode targets are bit masks, bit i for target i, as unsigned 32-bit numbers.
 * @see AV1 RTP specification §A.8.2, template_dependency_structure()
 */
export class DependencyStructure {
  readonly templateIdOffset: number;
  /** 1..32. */
  readonly targetCount: number;
  /** All targets, the value of the active mask until it is told otherwise. */
  readonly allTargets: number;
  /** 1..64. */
  readonly templateCount: number;
  /** By template. */
  readonly spatialLayers = new Uint8Array(MAX_TEMPLATES);
  readonly temporalLayers = new Uint8Array(MAX_TEMPLATES);
  readonly presentTargets: Uint32Array;
  readonly switchTargets: Uint32Array;
  readonly diffCounts: Uint8Array;
  /** `diffCounts[t]` of them, from `t * 16` on. */
  readonly diffs: Uint8Array;
  /** 0..32; 0: no chains. */
  readonly chainCount: number;
  /** By target: the chain that protects it. */
  readonly protectedBy: Uint8Array;
  /** By template and chain, from `t * chainCount` on. */
  readonly chainDiffs: Uint8Array;
  /** By target: its highest layers. */
  readonly targetSpatialLayers: Uint8Array;
  readonly targetTemporalLayers: Uint8Array;
  /** By spatial layer, pixels; 0 where no resolutions are given. */
  readonly widths = new Uint32Array(MAX_SPATIAL_LAYER + 1);
  readonly heights = new Uint32Array(MAX_SPATIAL_LAYER + 1);
  /** False: it broke a rule of the syntax and must not be used. */
  readonly valid: boolean;

  /** Reads the structure at the reader's position. Sizes come from the few bits that tell them, at most 64 x 32. */
  constructor(bits: BitReader) {
    this.templateIdOffset = bits.bits(6);
    this.targetCount = bits.bits(5) + 1;
    this.allTargets = 2 ** this.targetCount - 1;
    this.templateCount = this.#readLayers(bits);
    const templates = Math.max(0, this.templateCount);
    this.presentTargets = new Uint32Array(templates);
    this.switchTargets = new Uint32Array(templates);
    this.diffCounts = new Uint8Array(templates);
    this.diffs = new Uint8Array(templates * MAX_TEMPLATE_DIFFS);
    this.targetSpatialLayers = new Uint8Array(this.targetCount);
    this.targetTemporalLayers = new Uint8Array(this.targetCount);
    this.protectedBy = new Uint8Array(this.targetCount);
    this.#readIndications(bits, templates);
    const diffsFit = this.#readDiffs(bits, templates);
    this.chainCount = bits.nonSymmetric(this.targetCount + 1);
    this.chainDiffs = new Uint8Array(templates * this.chainCount);
    this.#readChains(bits, templates);
    if (bits.flag()) this.#readResolutions(bits, templates);
    this.valid = this.templateCount > 0 && diffsFit && !bits.overrun;
  }

  /** The template that id 0..63 names, or -1: the id belongs to another structure. */
  templateIndex(id: number): number {
    const index = (id + MAX_TEMPLATES - this.templateIdOffset) % MAX_TEMPLATES;
    return index < this.templateCount ? index : -1;
  }

  /** The number of templates, or -1 if layers or templates are too many. */
  #readLayers(bits: BitReader): number {
    let spatial = 0;
    let temporal = 0;
    for (let count = 0; count < MAX_TEMPLATES; count += 1) {
      this.spatialLayers[count] = spatial;
      this.temporalLayers[count] = temporal;
      const next = bits.bits(2);
      if (bits.overrun) return -1;
      if (next === 3) return count + 1;
      if (next === 1) {
        temporal += 1;
      } else if (next === 2) {
        temporal = 0;
        spatial += 1;
      }
      if (temporal > MAX_TEMPORAL_LAYER || spatial > MAX_SPATIAL_LAYER) return -1;
    }
    return -1;
  }

  #readIndications(bits: BitReader, templates: number): void {
    for (let template = 0; template < templates; template += 1) {
      for (let target = 0; target < this.targetCount; target += 1) {
        const indication = bits.bits(2);
        if (indication === 0) continue;
        this.presentTargets[template] = this.presentTargets[template]! | (1 << target);
        if (indication === 2) this.switchTargets[template] = this.switchTargets[template]! | (1 << target);
        this.targetSpatialLayers[target] = Math.max(
          this.targetSpatialLayers[target]!,
          this.spatialLayers[template]!,
        );
        this.targetTemporalLayers[target] = Math.max(
          this.targetTemporalLayers[target]!,
          this.temporalLayers[template]!,
        );
      }
    }
  }

  #readDiffs(bits: BitReader, templates: number): boolean {
    for (let template = 0; template < templates; template += 1) {
      let count = 0;
      while (bits.flag()) {
        if (count === MAX_TEMPLATE_DIFFS) return false;
        this.diffs[template * MAX_TEMPLATE_DIFFS + count] = bits.bits(4) + 1;
        count += 1;
      }
      this.diffCounts[template] = count;
    }
    return true;
  }

  #readChains(bits: BitReader, templates: number): void {
    if (this.chainCount === 0) return;
    for (let target = 0; target < this.targetCount; target += 1) {
      this.protectedBy[target] = bits.nonSymmetric(this.chainCount);
    }
    for (let index = 0; index < templates * this.chainCount; index += 1)
      this.chainDiffs[index] = bits.bits(4);
  }

  #readResolutions(bits: BitReader, templates: number): void {
    // Templates are ordered by layer, so the last one has the highest.
    const highest = templates === 0 ? 0 : this.spatialLayers[templates - 1]!;
    for (let layer = 0; layer <= highest; layer += 1) {
      this.widths[layer] = bits.bits(16) + 1;
      this.heights[layer] = bits.bits(16) + 1;
    }
  }
}

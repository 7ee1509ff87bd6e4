/**
 * Dependency descriptor header extension, AV1 RTP specification, appendix A.
 *
 *     0                   1                   2
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
 *    +-+-+-----------+-------------------------------+
 *    |S|E|template id|         frame_number          |   mandatory
 *    +-+-+-+-+-+-----+-------------------------------+
 *    |s|a|d|f|c| [structure] [active targets] [dtis] [fdiffs] [chains]   if longer than 3 bytes
 *    +-+-+-+-+-+-------------------------------------+
 *
 *  s: template structure present, a: active decode targets present, d, f, c: custom indications, frame and chain diffs
 */
import { BitReader } from './bit-reader.ts';
import { DependencyStructure } from './dependency-structure.ts';
import { MAX_FRAME_DIFFS } from './frame-info.ts';

/** Bytes of the mandatory fields. */
const MANDATORY_LENGTH = 3;
const MAX_CHAINS = 32;

/**
 * A descriptor, read in place again and again. Masks have bit i for decode target i, unsigned 32 bits.
 * Fields are those of the last `read` that returned true.
 */
export class DependencyDescriptor {
  startOfFrame = false;
  endOfFrame = false;
  templateId = 0;
  /** 16 bits. */
  frameNumber = 0;
  /** The structure brought by this descriptor, or undefined. */
  attachedStructure: DependencyStructure | undefined = undefined;
  /** Active decode targets told by this descriptor (a structure alone tells: all); -1: nothing told. */
  activeTargets = -1;
  customIndications = false;
  spatialLayer = 0;
  temporalLayer = 0;
  presentTargets = 0;
  switchTargets = 0;
  frameDiffCount = 0;
  /** Frame number minus that of each frame referred to, 1..4096. */
  readonly frameDiffs = new Uint16Array(MAX_FRAME_DIFFS);
  /** By chain: frame number minus that of the chain's previous frame; 0: the chain begins here. */
  readonly chainDiffs = new Uint8Array(MAX_CHAINS);
  readonly #bits = new BitReader(Buffer.alloc(0));

  /**
   * Reads `length` bytes of `buffer` at `offset` by the structure given, or by the one they bring themselves.
   * Returns false if they are cut short, break the syntax, or need a structure that is not there: unknown or replaced.
   * `frameNumber`, `startOfFrame` and `endOfFrame` are right even then if there are three bytes.
   */
  read(buffer: Buffer, offset: number, length: number, known: DependencyStructure | undefined): boolean {
    const bits = this.#bits;
    bits.reset(buffer, offset, length);
    this.startOfFrame = bits.flag();
    this.endOfFrame = bits.flag();
    this.templateId = bits.bits(6);
    this.frameNumber = bits.bits(16);
    this.attachedStructure = undefined;
    this.activeTargets = -1;
    this.customIndications = false;
    let structure = known;
    let customDiffs = false;
    let customChains = false;
    if (length > MANDATORY_LENGTH) {
      const bringsStructure = bits.flag();
      const tellsActive = bits.flag();
      this.customIndications = bits.flag();
      customDiffs = bits.flag();
      customChains = bits.flag();
      if (bringsStructure) {
        structure = new DependencyStructure(bits);
        if (!structure.valid) return false;
        this.attachedStructure = structure;
        this.activeTargets = structure.allTargets;
      }
      if (structure === undefined) return false;
      if (tellsActive) this.activeTargets = bits.bits(structure.targetCount);
    }
    if (structure === undefined) return false;
    const template = structure.templateIndex(this.templateId);
    if (template < 0) return false;
    this.spatialLayer = structure.spatialLayers[template]!;
    this.temporalLayer = structure.temporalLayers[template]!;
    if (this.customIndications) {
      this.#readIndications(structure.targetCount);
    } else {
      this.presentTargets = structure.presentTargets[template]!;
      this.switchTargets = structure.switchTargets[template]!;
    }
    if (customDiffs) {
      if (!this.#readDiffs()) return false;
    } else {
      this.frameDiffCount = structure.diffCounts[template]!;
      for (let index = 0; index < this.frameDiffCount; index += 1) {
        this.frameDiffs[index] = structure.diffs[template * MAX_FRAME_DIFFS + index]!;
      }
    }
    for (let chain = 0; chain < structure.chainCount; chain += 1) {
      this.chainDiffs[chain] = customChains
        ? bits.bits(8)
        : structure.chainDiffs[template * structure.chainCount + chain]!;
    }
    return !bits.overrun;
  }

  #readIndications(targets: number): void {
    let present = 0;
    let switching = 0;
    for (let target = 0; target < targets; target += 1) {
      const indication = this.#bits.bits(2);
      if (indication !== 0) present |= 1 << target;
      if (indication === 2) switching |= 1 << target;
    }
    this.presentTargets = present >>> 0;
    this.switchTargets = switching >>> 0;
  }

  #readDiffs(): boolean {
    this.frameDiffCount = 0;
    for (let size = this.#bits.bits(2); size !== 0; size = this.#bits.bits(2)) {
      if (this.frameDiffCount === MAX_FRAME_DIFFS) return false;
      this.frameDiffs[this.frameDiffCount] = this.#bits.bits(4 * size) + 1;
      this.frameDiffCount += 1;
    }
    return true;
  }
}

/** Puts another frame_number into the descriptor at `offset`; everything else in it is relative and holds as it is. */
export function writeFrameNumber(buffer: Buffer, offset: number, frameNumber: number): void {
  buffer[offset + 1] = (frameNumber >> 8) & 0xff;
  buffer[offset + 2] = frameNumber & 0xff;
}

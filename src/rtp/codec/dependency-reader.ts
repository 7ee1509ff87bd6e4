import { diff16 } from '../../base/serial-number.ts';
import type { RtpPacket } from '../rtp-packet.ts';
import { DependencyDescriptor } from './dependency-descriptor.ts';
import type { DependencyStructure } from './dependency-structure.ts';
import type { FrameInfo } from './frame-info.ts';

/** Frames whose own indications are remembered for their later packets, which do not repeat them. A power of two. */
const CUSTOM_FRAMES = 16;
/** A structure this many frames older than the one there is, or less, comes late: a key frame repaired after the next. */
const LATE_FRAMES = 256;

/**
 * Whether a packet's layers and frame numbers are those of its dependency descriptor. Not where the payload numbers
 * pictures itself (VP9, and VP8 with a picture id): such a descriptor is not read, and must not be passed on, since
 * only one of the two numbers is rewritten. Chromium leaves VP8's picture id and layers out once the descriptor is
 * negotiated (MinimizeDescriptor in libwebrtc's rtp_sender_video.cc).
 */
export function usesDependencyDescriptor(codec: string, packet: RtpPacket): boolean {
  if (codec === 'av1' || codec === 'h264') return true;
  if (codec !== 'vp8' || packet.payloadLength < 2) return false;
  const { buffer, payloadOffset } = packet;
  const hasPictureId = (buffer[payloadOffset]! & 0x80) !== 0 && (buffer[payloadOffset + 1]! & 0x80) !== 0;
  return !hasPictureId;
}

/** Reads the dependency descriptors of one encoding; keeps its template structure and active decode targets. */
export class DependencyReader {
  readonly #descriptor = new DependencyDescriptor();
  #structure: DependencyStructure | undefined;
  /** Number of the frame that brought it. */
  #structureFrame = 0;
  #activeTargets = 0;
  readonly #customFrames = new Int32Array(CUSTOM_FRAMES).fill(-1);
  readonly #customPresent = new Uint32Array(CUSTOM_FRAMES);
  readonly #customSwitch = new Uint32Array(CUSTOM_FRAMES);

  /**
   * Fills `out` but for a size that the structure does not give. Returns false only if there are fewer than 3 bytes.
   * Without its structure (joined late, or its packet was lost) a frame belongs to no decode target.
   */
  read(buffer: Buffer, offset: number, length: number, out: FrameInfo): boolean {
    if (length < 3) return false;
    const descriptor = this.#descriptor;
    const understood = descriptor.read(buffer, offset, length, this.#structure);
    out.keyFrame = false;
    out.startOfFrame = descriptor.startOfFrame;
    out.endOfFrame = descriptor.endOfFrame;
    out.pictureId = descriptor.frameNumber;
    out.pictureIdBits = 16;
    if (!understood) return true;
    const attached = descriptor.attachedStructure;
    const framesLate =
      this.#structure === undefined ? -1 : diff16(this.#structureFrame, descriptor.frameNumber);
    const late = framesLate > 0 && framesLate < LATE_FRAMES;
    if (attached !== undefined && !late && framesLate !== 0) {
      this.#structure = attached;
      this.#structureFrame = descriptor.frameNumber;
      this.#customFrames.fill(-1);
    }
    if (descriptor.activeTargets >= 0 && !late) this.#activeTargets = descriptor.activeTargets;
    const structure = late && attached !== undefined ? attached : this.#structure!;
    out.structure = structure;
    out.spatialLayer = descriptor.spatialLayer;
    out.temporalLayer = descriptor.temporalLayer;
    out.activeTargets = this.#activeTargets;
    out.frameDiffCount = descriptor.frameDiffCount;
    for (let index = 0; index < descriptor.frameDiffCount; index += 1) {
      out.frameDiffs[index] = descriptor.frameDiffs[index]!;
    }
    // Nobody can begin at a first packet that does not bring the structure.
    const complete = !descriptor.startOfFrame || descriptor.attachedStructure !== undefined;
    out.keyFrame = complete && descriptor.frameDiffCount === 0 && descriptor.spatialLayer === 0;
    this.#takeIndications(out);
    out.width = structure.widths[out.spatialLayer]!;
    out.height = structure.heights[out.spatialLayer]!;
    return true;
  }

  /** Only the first packet of a frame says that its indications are its own, not the template's. */
  #takeIndications(out: FrameInfo): void {
    const descriptor = this.#descriptor;
    const slot = descriptor.frameNumber & (CUSTOM_FRAMES - 1);
    if (descriptor.startOfFrame && !descriptor.customIndications) this.#customFrames[slot] = -1;
    if (descriptor.customIndications) {
      this.#customFrames[slot] = descriptor.frameNumber;
      this.#customPresent[slot] = descriptor.presentTargets;
      this.#customSwitch[slot] = descriptor.switchTargets;
    }
    const custom = !descriptor.startOfFrame && this.#customFrames[slot] === descriptor.frameNumber;
    out.presentTargets = custom ? this.#customPresent[slot]! : descriptor.presentTargets;
    out.switchTargets = custom ? this.#customSwitch[slot]! : descriptor.switchTargets;
  }
}

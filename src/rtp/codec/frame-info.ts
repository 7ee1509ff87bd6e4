import type { RtpPacket } from '../rtp-packet.ts';
import type { DependencyStructure } from './dependency-structure.ts';

/** Most references one frame's dependency descriptor is read with; libwebrtc writes at most 8 (one per AV1 buffer). */
export const MAX_FRAME_DIFFS = 16;

/**
 * What forwarding has to know about one packet's frame, whatever the codec. Filled in place by a FrameInfoReader; one
 * object is used again for every packet of an encoding, so nobody keeps it past the call.
 */
export class FrameInfo {
  /**
   * The packet is known to belong to a frame that a decoder can begin at. VP8 and H264 tell it only in some packets of
   * the frame, and always in the one that has `startOfFrame` as well. VP9: the lowest spatial layer of the picture.
   */
  keyFrame = false;
  /** First packet of the frame (with SVC: of the layer frame). H264: or the one that carries the SPS. */
  startOfFrame = false;
  /** Last packet of the frame (with SVC: of the layer frame). */
  endOfFrame = false;
  /** 0..7; 0 where the codec has none. */
  spatialLayer = 0;
  /** 0..7; 0 where the codec has none. */
  temporalLayer = 0;
  /**
   * Where more temporal layers may be let through. VP8 (Y): the frame depends on layer 0 only, so its own layer may
   * begin with it. VP9 (U): frames of higher layers after it depend on none of them before it.
   */
  switchingUpPoint = false;
  /** VP9 (P): depends on earlier pictures. */
  interPicturePredicted = false;
  /** VP9 (D): depends on the next lower spatial layer of its picture. */
  interLayerPredicted = false;
  /** VP9 (Z): no higher spatial layer of its picture depends on it. */
  notUsedForUpper = false;
  /** VP9: spatial layers a picture has by the last scalability structure, 1..8; 0: not told. */
  spatialLayerCount = 0;
  /** VP8 and VP9: picture id. With a dependency descriptor that is used: its frame_number. -1: none. */
  pictureId = -1;
  /** 7 or 15 (VP8, VP9), 16 (dependency descriptor), 0: none. */
  pictureIdBits = 0;
  /** 0..255, or -1: none. */
  tl0PicIdx = -1;
  /** Pixels; 0: not known from this packet or what came before. */
  width = 0;
  height = 0;

  /** Dependency descriptor: the structure it was read with; undefined without one, and then nothing below has a meaning. */
  structure: DependencyStructure | undefined = undefined;
  /** Dependency descriptor: bit i is set if the frame belongs to decode target i (any indication but "not present"). */
  presentTargets = 0;
  /** Dependency descriptor: bit i is set if the frame has the switch indication for decode target i. */
  switchTargets = 0;
  /** Dependency descriptor: bit i is set if decode target i is being produced. */
  activeTargets = 0;
  /** Dependency descriptor: how many of `frameDiffs` are the frame's; each is frame_number minus that of a frame it refers to. */
  frameDiffCount = 0;
  readonly frameDiffs = new Uint16Array(MAX_FRAME_DIFFS);

  /** Back to "nothing is known". */
  reset(): void {
    this.keyFrame = false;
    this.startOfFrame = false;
    this.endOfFrame = false;
    this.spatialLayer = 0;
    this.temporalLayer = 0;
    this.switchingUpPoint = false;
    this.interPicturePredicted = false;
    this.interLayerPredicted = false;
    this.notUsedForUpper = false;
    this.spatialLayerCount = 0;
    this.pictureId = -1;
    this.pictureIdBits = 0;
    this.tl0PicIdx = -1;
    this.width = 0;
    this.height = 0;
    this.structure = undefined;
    this.presentTargets = 0;
    this.switchTargets = 0;
    this.activeTargets = 0;
    this.frameDiffCount = 0;
  }
}

/**
 * Reads one encoding's packets, in the order they arrive. It remembers what the codec says only now and then (frame
 * size, VP9 scalability structure, AV1 template structure), so each encoding has its own, and a new one after a restart.
 */
export interface FrameInfoReader {
  /**
   * Fills `out` from `packet`. `descriptorOffset` and `descriptorLength` say where in `packet.buffer` the dependency
   * descriptor is; a length of 0 means there is none (VP9 and Opus do not look). Returns false, with `out` reset, for a payload
   * that is empty (padding only) or not well-formed. Never throws.
   */
  read(packet: RtpPacket, descriptorOffset: number, descriptorLength: number, out: FrameInfo): boolean;
}

/** Areas for XSAVE and what loads them: aligned, with a header that mostly makes sense. */
import { world } from "../fuzz-case.js";
import type { CaseBuilder } from "./case-builder.js";

export const isExtendedState = (mnemonic: string): boolean => /^x(save|rstor)/.test(mnemonic);

const [alignment, areaSize, controlPlace, headerPlace, headerSize] = [64, 832, 24, 512, 64];

export function pickArea({ random, patches }: CaseBuilder, mnemonic: string): bigint {
  const places = Math.floor((world.dataSize - areaSize) / alignment);
  const address = world.data + alignment * random.below(places);
  if (mnemonic.startsWith("xrstor")) {
    const header = new Uint8Array(headerSize);
    const view = new DataView(header.buffer);
    view.setUint32(0, random.below(8), true);
    if (random.below(3) === 0) {
      view.setUint32(8, random.below(4) > 0 ? 7 : random.below(8), true);
      view.setUint32(12, 0x8000_0000, true);
    }
    // A bit too much.
    const odd = random.pick([0, 7, 8, 15, 16, 24, 40, 63]);
    if (random.below(8) === 0) header[odd] = (header[odd] ?? 0) | random.pick([8, 0x10]);
    const control = Uint8Array.of(random.below(256), random.below(256), random.below(12) === 0 ? 4 : 0, 0);
    patches.push(
      { address: address + controlPlace, bytes: control },
      { address: address + headerPlace, bytes: header },
    );
  }
  return BigInt(address + (random.below(12) === 0 ? 16 : 0));
}

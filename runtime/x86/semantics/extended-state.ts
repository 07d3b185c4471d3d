/**
 * XGETBV, XSAVE and its kin: the state of x87, SSE and AVX as components that are saved and restored by choice. Intel
 * SDM vol. 1, chapter 13; what the manual leaves to the processor (which components count as in use) as AMD's do it.
 */
import type { Builder } from "../builder.js";
import { define } from "../define.js";
import { components, enabledComponents, extendedArea } from "../extended-area.js";
import type { Value } from "../value.js";
import { partOpcodes } from "../x87/image-parts.js";
import { legacyArea } from "../x87/legacy-area.js";
import { part } from "../x87/parts.js";
import { loadVectors, loadX87, requireMxcsr, saveMxcsr, saveVectors, saveX87, vectorPlaces } from "./state-image.js";

const initialMxcsr = 0x1f80;
const isCompactedBit = 1n << 63n;

/** Any of the components is in the set, as a condition. */
function includes(b: Builder, set: Value, ...some: number[]): Value {
  const bits = some.reduce((all, bit) => all | bit, 0);
  return b.notEqual(b.and(set, b.constant(bits)), b.constant(0));
}

/** What EDX:EAX asks for, of what there is. */
function requested(b: Builder): Value {
  return b.and(b.register("a", 4).readUnsigned(), b.constant(enabledComponents));
}

/** Those of the components that are not as they were initially. `countsMxcsr`: it is part of the SSE component. */
function inUse(b: Builder, among: Value, countsMxcsr: boolean): Value {
  const found = b.variable(b.constant(0));
  const add = (component: number, bit: () => Value) =>
    b.if(includes(b, among, component), () => {
      found.set(b.or(found.get(), b.select(bit(), b.constant(component), b.constant(0))));
    });
  const anyOf = (half: 0 | 16) => {
    const values = vectorPlaces.map((place) => b.getRegister(place, half, 16, false));
    return b.operation(
      "v128.any_true",
      values.reduce((all, value) => b.operation("v128.or", all, value)),
    );
  };
  add(components.x87, () => {
    const isUsed = b.lane(part(b, partOpcodes.isInUse, b.constant(0)), 0);
    return b.notEqual(isUsed, b.constant(0));
  });
  add(components.sse, () => anyOf(0));
  add(components.avx, () => anyOf(16));
  if (countsMxcsr) add(components.sse, () => b.notEqual(b.state("mxcsr"), b.constant(initialMxcsr)));
  return found.get();
}

/** XGETBV: EDX:EAX ← the components that are on or, for ECX = 1, those of them that are in use. */
define("xgetbv", (b) => {
  const number = b.register("c", 4).readUnsigned();
  b.if(b.operation("i64.gt_u", number, b.constant(1)), () => b.fault("reservedBits"));
  const all = b.constant(enabledComponents);
  b.register("a", 4).write(b.select(b.isZero(number), all, inUse(b, all, true)));
  b.register("d", 4).write(b.constant(0));
});

/** `compacts`: XSAVEC. `optimizes`: what is not in use is not stored. */
function save(b: Builder, { compacts, optimizes }: { readonly compacts: boolean; readonly optimizes: boolean }): void {
  const { headerEnd, upperHalves, upperHalvesSize, alignment } = extendedArea;
  const address = b.effectiveAddress();
  const wanted = requested(b);
  b.check({ address, size: headerEnd, write: true, alignment });
  b.if(includes(b, wanted, components.avx), () =>
    b.checkWrite(b.add(address, b.constant(upperHalves)), upperHalvesSize),
  );
  const used = b.variable(inUse(b, wanted, compacts));
  const stored = optimizes || compacts ? used.get() : wanted;
  b.if(includes(b, stored, components.x87), () => saveX87(b, address));
  const savesMxcsr = compacts
    ? includes(b, stored, components.sse)
    : includes(b, wanted, components.sse, components.avx);
  b.if(savesMxcsr, () => saveMxcsr(b, address));
  b.if(includes(b, stored, components.sse), () => saveVectors(b, address, legacyArea.xmm, 0));
  b.if(includes(b, stored, components.avx), () => saveVectors(b, address, upperHalves, 16));
  if (compacts) {
    b.storeChecked(address, extendedArea.features, 8, used.get());
    b.storeChecked(address, extendedArea.compaction, 8, b.or(wanted, b.constant(-isCompactedBit)));
  } else {
    const others = b.and(b.loadChecked(address, extendedArea.features, 8, false), b.not(wanted));
    b.storeChecked(address, extendedArea.features, 8, b.or(others, used.get()));
  }
}
for (const [name, options] of [
  ["xsave", { compacts: false, optimizes: false }],
  ["xsaveopt", { compacts: false, optimizes: true }],
  ["xsavec", { compacts: true, optimizes: true }],
] as const) {
  for (const suffix of ["", "64"]) define(`${name}${suffix}`, (b) => save(b, options), { forms: ["m"], widths: [[8]] });
}

/** XRSTOR: what is asked for and not in the area becomes what it was initially. */
function restore(b: Builder): void {
  const { headerEnd, upperHalves, upperHalvesSize, alignment } = extendedArea;
  const address = b.effectiveAddress();
  const wanted = requested(b);
  b.check({ address, size: headerEnd, write: false, alignment });
  const field = (offset: number) => b.loadChecked(address, offset, 8, false);
  const features = field(extendedArea.features);
  const compaction = field(extendedArea.compaction);
  const isCompacted = b.operation("i32.wrap_i64", b.sign(compaction));
  const refuse = (bits: Value) => b.if(b.notEqual(bits, b.constant(0)), () => b.fault("reservedBits"));
  refuse(b.and(features, b.constant(~enabledComponents)));
  b.if(
    isCompacted,
    () => {
      refuse(b.and(compaction, b.constant(BigInt.asIntN(64, ~(BigInt(enabledComponents) | isCompactedBit)))));
      refuse(b.and(features, b.not(compaction)));
      for (let at: number = extendedArea.reserved; at < headerEnd; at += 8) refuse(field(at));
    },
    () => {
      refuse(compaction);
      refuse(field(extendedArea.reserved));
    },
  );
  const loaded = b.and(wanted, features);
  b.if(includes(b, loaded, components.avx), () =>
    b.check({
      address: b.add(address, b.constant(upperHalves)),
      size: upperHalvesSize,
      write: false,
      alignment: 1,
    }),
  );
  // In a compacted area MXCSR is there when the SSE component is.
  const mxcsr = b.variable(b.state("mxcsr"));
  const takesMxcsr = b.select(
    isCompacted,
    includes(b, loaded, components.sse),
    includes(b, wanted, components.sse, components.avx),
  );
  b.if(
    takesMxcsr,
    () => {
      const value = b.loadChecked(address, legacyArea.mxcsr, 4, false);
      requireMxcsr(b, value);
      mxcsr.set(value);
    },
    () => b.if(includes(b, wanted, components.sse), () => mxcsr.set(b.constant(initialMxcsr))),
  );
  b.setState("mxcsr", mxcsr.get());
  const each = (component: number, load: () => void, clear: () => void) =>
    b.if(includes(b, wanted, component), () => b.if(includes(b, loaded, component), load, clear));
  const clearVectors = (half: 0 | 16) => {
    const zero = b.splat(b.constant(0));
    for (const place of vectorPlaces) b.setRegister(place, half, 16, zero);
  };
  each(
    components.x87,
    () => loadX87(b, address),
    () => part(b, partOpcodes.initialize, b.constant(0)),
  );
  each(
    components.sse,
    () => loadVectors(b, address, legacyArea.xmm, 0),
    () => clearVectors(0),
  );
  each(
    components.avx,
    () => loadVectors(b, address, upperHalves, 16),
    () => clearVectors(16),
  );
}
for (const name of ["xrstor", "xrstor64"]) define(name, (b) => restore(b), { forms: ["m"], widths: [[8]] });

/** Registers that are saved and restored as a whole, and MXCSR. Intel SDM vol. 1, 10.5 and 10.2.3. */
import type { Builder } from "../builder.js";
import { define } from "../define.js";
import type { Value } from "../value.js";
import { partOpcodes } from "../x87/image-parts.js";
import { legacyArea, mxcsrBits } from "../x87/legacy-area.js";
import { loadRegister, part, repeat, storeRegister } from "../x87/parts.js";

export function requireMxcsr(b: Builder, value: Value): void {
  const reserved = b.and(value, b.constant(~mxcsrBits));
  b.if(b.notEqual(reserved, b.constant(0)), () => b.fault("reservedBits"));
}

define(
  "ldmxcsr",
  (b, src) => {
    const value = src.readUnsigned();
    requireMxcsr(b, value);
    b.setState("mxcsr", value);
  },
  { forms: ["m"], widths: [[4]] },
);
define("stmxcsr", (b, dst) => dst.write(b.state("mxcsr")), { forms: ["m"], widths: [[4]] });

const registers = 8;
export const vectorPlaces = Array.from({ length: 16 }, (_, index) => ({ kind: "vector", index }) as const);
const registerAt = (b: Builder, address: Value, index: Value) =>
  b.add(b.add(address, b.constant(legacyArea.registers)), b.shiftLeft(index, 4));

/** The x87 unit. The bytes that are reserved become zero. */
export function saveX87(b: Builder, address: Value): void {
  b.storeChecked(address, 0, 8, b.lane(part(b, partOpcodes.storeHead, b.constant(0)), 0));
  b.storeChecked(address, legacyArea.instruction, 8, b.constant(0));
  b.storeChecked(address, legacyArea.operand, 8, b.constant(0));
  repeat(b, registers, (i) => {
    const at = registerAt(b, address, i);
    storeRegister(b, at, part(b, partOpcodes.storeRegister, i));
    b.storeChecked(at, 10, 4, b.constant(0));
    b.storeChecked(at, 14, 2, b.constant(0));
  });
}

export function loadX87(b: Builder, address: Value): void {
  part(b, partOpcodes.loadHead, b.constant(0), b.splat(b.loadChecked(address, 0, 8, false)));
  repeat(b, registers, (i) => {
    part(b, partOpcodes.loadRegister, i, loadRegister(b, registerAt(b, address, i)));
  });
}

export function saveMxcsr(b: Builder, address: Value): void {
  b.storeChecked(address, legacyArea.mxcsr, 4, b.state("mxcsr"));
  b.storeChecked(address, legacyArea.mxcsrMask, 4, b.constant(mxcsrBits));
}

/** The lower (`half` 0) or upper (16) halves of the YMM registers, in the area from `offset` on. */
export function saveVectors(b: Builder, address: Value, offset: number, half: 0 | 16): void {
  for (const place of vectorPlaces) {
    b.storeChecked(address, offset + 16 * place.index, 16, b.getRegister(place, half, 16, false));
  }
}

export function loadVectors(b: Builder, address: Value, offset: number, half: 0 | 16): void {
  for (const place of vectorPlaces) {
    b.setRegister(place, half, 16, b.loadChecked(address, offset + 16 * place.index, 16, false));
  }
}

/** FXSAVE. The bytes for the system's use stay as they are. */
for (const name of ["fxsave", "fxsave64"]) {
  define(
    name,
    (b) => {
      const address = b.effectiveAddress();
      const { size, alignment } = legacyArea;
      b.check({ address, size, write: true, alignment });
      saveX87(b, address);
      saveMxcsr(b, address);
      saveVectors(b, address, legacyArea.xmm, 0);
    },
    { forms: ["m"], widths: [[8]] },
  );
}

for (const name of ["fxrstor", "fxrstor64"]) {
  define(
    name,
    (b) => {
      const address = b.effectiveAddress();
      const { size, alignment } = legacyArea;
      b.check({ address, size, write: false, alignment });
      const mxcsr = b.loadChecked(address, legacyArea.mxcsr, 4, false);
      requireMxcsr(b, mxcsr);
      b.setState("mxcsr", mxcsr);
      loadX87(b, address);
      loadVectors(b, address, legacyArea.xmm, 0);
    },
    { forms: ["m"], widths: [[8]] },
  );
}

/** The parts of enumerations and arrays (DWARF 5, sections 5.5 and 5.7). */
import * as dw from "./constants.js";
import type { Entry } from "./entry.js";
import type { Dimension, EnumType, Type } from "./types.js";

/** How the constants of an enumeration are to be read: its size in bits, and whether they have a sign. */
interface ConstantFormat {
  readonly bits: number;
  readonly isSigned: boolean;
}

/** The format of the constants of an enumeration over `underlying`, or of that size where the type is not told. */
export function signedIfNeeded(underlying: Type | undefined, size: number | undefined): ConstantFormat {
  let type = underlying;
  while (type?.kind === "typedef" || type?.kind === "qualified") type = type.target;
  const bits = (type?.size ?? size ?? 8) * 8;
  // Without a type, a constant tells its sign by its form.
  const isSigned = type === undefined || (type.kind === "base" && /^signed|^character$/.test(type.encoding));
  return { bits, isSigned };
}

export function readEnumerators(entry: Entry, format: ConstantFormat): EnumType["enumerators"] {
  const enumerators: { name: string; value: bigint }[] = [];
  for (const child of entry.children()) {
    if (child.tag !== dw.DW_TAG_enumerator) continue;
    const value = child.constant(dw.DW_AT_const_value) ?? 0n;
    enumerators.push({ name: child.text(dw.DW_AT_name) ?? "", value: inFormat(child, value, format) });
  }
  return enumerators;
}

function inFormat(entry: Entry, value: bigint, { bits, isSigned }: ConstantFormat): bigint {
  if (!isSigned) return BigInt.asUintN(bits, value);
  const form = entry.form(dw.DW_AT_const_value);
  const tellsItsSign = form === dw.DW_FORM_sdata || form === dw.DW_FORM_udata || form === dw.DW_FORM_implicit_const;
  if (tellsItsSign) return value;
  // A constant of a fixed size has the sign of that size, if it is as wide as the type.
  const width = { [dw.DW_FORM_data1]: 8, [dw.DW_FORM_data2]: 16, [dw.DW_FORM_data4]: 32 }[form ?? 0] ?? 64;
  return width >= bits ? BigInt.asIntN(bits, value) : value;
}

export function readDimensions(entry: Entry): Dimension[] {
  const dimensions: Dimension[] = [];
  for (const child of entry.children()) {
    if (child.tag === dw.DW_TAG_subrange_type || child.tag === dw.DW_TAG_generic_subrange) {
      dimensions.push(dimensionOf(child));
    } else if (child.tag === dw.DW_TAG_enumeration_type) {
      const count = [...child.children()].filter(({ tag }) => tag === dw.DW_TAG_enumerator).length;
      dimensions.push({ lower: 0, count, upperBound: undefined });
    }
  }
  return dimensions;
}

function dimensionOf(range: Entry): Dimension {
  const lower = Number(range.constant(dw.DW_AT_lower_bound) ?? 0n);
  const told = range.constant(dw.DW_AT_count);
  const upper = upperBoundOf(range);
  const count = told === undefined ? (upper === undefined ? undefined : upper - lower + 1) : Number(told);
  const upperBound = count === undefined ? range.block(dw.DW_AT_upper_bound) : undefined;
  return { lower, count: count !== undefined && count >= 0 ? count : undefined, upperBound };
}

/** An upper bound of −1 says that there is no element; with fixed sizes it comes out as the greatest number. */
function upperBoundOf(range: Entry): number | undefined {
  const value = range.constant(dw.DW_AT_upper_bound);
  if (value === undefined) return undefined;
  const form = range.form(dw.DW_AT_upper_bound);
  if (form === dw.DW_FORM_data8 && value === 0xffff_ffff_ffff_ffffn) return -1;
  if (form === dw.DW_FORM_data4 && value === 0xffff_ffffn) return -1;
  return Number(value);
}

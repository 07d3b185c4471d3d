/** Types of Rust's standard library. */
import type { Type } from "../../object/dwarf/types.js";
import { elementAt, memberNamed, targetOf } from "../children.js";
import { bitsOf, plainType, type SourceValue, sizeOfType, type ValueSource } from "../source-value.js";
import { firstPointer, memberAt, numberAt } from "./search.js";
import { textView } from "./text-view.js";
import type { View, ViewRule } from "./view.js";

export const rustViews: readonly ViewRule[] = [
  {
    type: /^alloc::vec::Vec<|^alloc::collections::vec_deque::VecDeque</,
    make(value, source) {
      const length = numberAt(value, source, "len");
      const pointer = firstPointer(memberNamed(value, "buf", source), source);
      const element = templateType(value, "T");
      const address = pointer && bitsOf(pointer, source);
      if (length === undefined || address === undefined || element === undefined) return undefined;
      const capacity = numberAt(value, source, "buf", "inner", "cap") ?? length;
      const head = numberAt(value, source, "head") ?? 0;
      return elements(length, (index) => elementAt(address, element, capacity > 0 ? (head + index) % capacity : index));
    },
  },
  {
    type: /^alloc::string::String$/,
    make(value, source) {
      const vector = memberNamed(value, "vec", source);
      const length = numberAt(vector, source, "len");
      const pointer = firstPointer(memberAt(vector, source, "buf"), source);
      return textView(pointer, length, source);
    },
  },
  {
    type: /^&(mut )?str$/,
    make: (value, source) =>
      textView(memberNamed(value, "data_ptr", source), numberAt(value, source, "length"), source),
  },
  {
    type: /^&(mut )?\[/,
    make(value, source) {
      const pointer = memberNamed(value, "data_ptr", source);
      const address = pointer && bitsOf(pointer, source);
      const length = numberAt(value, source, "length");
      const type = plainType(pointer?.type);
      if (address === undefined || length === undefined || type?.kind !== "pointer") return undefined;
      return elements(length, (index) => elementAt(address, type.target, index));
    },
  },
  {
    type: /^alloc::(rc::Rc|sync::Arc)</,
    make(value, source) {
      const inner = targetOf(firstPointer(value, source) ?? value, source);
      // The one is in a `RcInner`, the other in an `ArcInner`, whose member is called `data`.
      const content = inner && (memberNamed(inner, "value", source) ?? memberNamed(inner, "data", source));
      const strong = firstNumber(inner && memberNamed(inner, "strong", source), source);
      const weak = firstNumber(inner && memberNamed(inner, "weak", source), source);
      if (content === undefined || strong === undefined || weak === undefined) return undefined;
      return wrapper(content, "value");
    },
  },
  {
    type: /^(core|std)::cell::(Cell|UnsafeCell)<|^core::mem::manually_drop::ManuallyDrop</,
    make(value, source) {
      const content = memberNamed(value, "value", source);
      return content && wrapper(content, "value");
    },
  },
  {
    type: /^std::collections::hash::(map::HashMap|set::HashSet)</,
    make: hashTableView,
  },
];

/** hashbrown's table: a byte of control for each bucket, and the buckets before those bytes, the first one last. */
function hashTableView(value: SourceValue, source: ValueSource): View | undefined {
  const base = memberNamed(value, "base", source);
  const table = memberAt(base, source, "map", "table") ?? memberAt(base, source, "table");
  const inner = memberAt(table, source, "table");
  const control = firstPointer(memberAt(inner, source, "ctrl"), source);
  const address = control && bitsOf(control, source);
  const mask = numberAt(inner, source, "bucket_mask");
  const items = numberAt(inner, source, "items");
  const element = table && templateType(table, "T");
  if (address === undefined || mask === undefined || items === undefined || element === undefined) return undefined;
  const full = (count: number): number[] => {
    const found: number[] = [];
    const bytes = source.read(address, mask + 1);
    for (let bucket = 0; bucket < bytes.length && found.length < count; bucket++) {
      if (((bytes[bucket] ?? 0x80) & 0x80) === 0) found.push(bucket);
    }
    return found;
  };
  return {
    partCount: items,
    parts: (start, count) =>
      full(start + count)
        .slice(start)
        .map((bucket) => elementAt(address - BigInt((bucket + 1) * sizeOfType(element)), element, 0)),
  };
}

function templateType(value: SourceValue, name: string): Type | undefined {
  const type = plainType(value.type);
  return type?.kind === "struct"
    ? type.templateParameters.find((parameter) => parameter.name === name)?.type
    : undefined;
}

function elements(count: number, at: (index: number) => SourceValue): View {
  return {
    partCount: count,
    parts: (start, wanted) =>
      Array.from({ length: Math.max(0, Math.min(wanted, count - start)) }, (_, index) => at(start + index)),
  };
}

function wrapper(content: SourceValue, name: string): View {
  return { partCount: 1, partNames: [name], parts: (start, count) => (start === 0 && count > 0 ? [content] : []) };
}

function firstNumber(value: SourceValue | undefined, source: ValueSource): bigint | undefined {
  let at = value;
  for (let depth = 0; at !== undefined && depth < 8; depth++) {
    const type = plainType(at.type);
    if (type?.kind === "base") return bitsOf(at, source);
    at = memberNamed(at, "value", source) ?? memberNamed(at, "v", source) ?? memberNamed(at, "__0", source);
  }
  return undefined;
}

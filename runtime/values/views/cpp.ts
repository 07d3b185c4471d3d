/** Types of the C++ standard library, as libstdc++ makes them. */
import { elementAt, memberNamed, targetOf } from "../children.js";
import { bitsOf, plainType, sizeOfType } from "../source-value.js";
import { firstPointer, memberAt, numberAt } from "./search.js";
import { textView } from "./text-view.js";
import type { ViewRule } from "./view.js";

export const cppViews: readonly ViewRule[] = [
  {
    type: /^std::(__cxx11::)?basic_string<char\b/,
    make: (value, source) =>
      textView(memberAt(value, source, "_M_dataplus", "_M_p"), numberAt(value, source, "_M_string_length"), source),
  },
  {
    type: /^std::basic_string_view<char\b/,
    make: (value, source) => textView(memberAt(value, source, "_M_str"), numberAt(value, source, "_M_len"), source),
  },
  {
    type: /^std::vector</,
    make(value, source) {
      const start = memberAt(value, source, "_M_impl", "_M_start");
      const finish = memberAt(value, source, "_M_impl", "_M_finish");
      const type = plainType(start?.type);
      if (start === undefined || finish === undefined || type?.kind !== "pointer") return undefined;
      const [first, end] = [bitsOf(start, source), bitsOf(finish, source)];
      const size = sizeOfType(type.target);
      if (first === undefined || end === undefined || end < first || size === 0) return undefined;
      const length = Number(end - first) / size;
      if (!Number.isInteger(length)) return undefined;
      return {
        partCount: length,
        parts: (from, count) =>
          Array.from({ length: Math.max(0, Math.min(count, length - from)) }, (_, index) =>
            elementAt(first, type.target, from + index),
          ),
      };
    },
  },
  {
    type: /^std::(unique_ptr|shared_ptr)</,
    make(value, source) {
      const pointer = memberNamed(value, "_M_ptr", source) ?? firstPointer(value, source);
      if (pointer === undefined) return undefined;
      const target = targetOf(pointer, source);
      if (target === undefined) return { summary: "nullptr" };
      return { partCount: 1, partNames: ["*"], parts: (from, count) => (from === 0 && count > 0 ? [target] : []) };
    },
  },
  {
    type: /^std::optional</,
    make(value, source) {
      const isEngaged = numberAt(value, source, "_M_payload", "_M_engaged");
      const content = memberAt(value, source, "_M_payload", "_M_payload", "_M_value");
      if (isEngaged === undefined) return undefined;
      if (isEngaged === 0) return { summary: "nullopt" };
      if (content === undefined) return undefined;
      return { partCount: 1, partNames: ["value"], parts: (from, count) => (from === 0 && count > 0 ? [content] : []) };
    },
  },
];

"""Runs the program of gdb to an address and writes what gdb makes of a list of expressions as JSON."""
import json
import struct

import gdb

INTEGERS = (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_BOOL, gdb.TYPE_CODE_ENUM, gdb.TYPE_CODE_CHAR)
REFERENCES = (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF)


def describe(value):
    if value.is_optimized_out:
        return {"kind": "optimized-out"}
    kind = value.type.strip_typedefs()
    if kind.code in REFERENCES:
        return describe(value.referenced_value())
    if kind.code in INTEGERS:
        return {"kind": "integer", "value": str(int(value)), "size": kind.sizeof}
    if kind.code == gdb.TYPE_CODE_FLT and kind.sizeof in (4, 8):
        bits = struct.pack("<f" if kind.sizeof == 4 else "<d", float(value))
        return {"kind": "float", "value": bits.hex(), "size": kind.sizeof}
    if kind.code == gdb.TYPE_CODE_PTR:
        return {"kind": "pointer", "isNull": int(value) == 0}
    return {"kind": "other", "size": kind.sizeof}


def answer(expression):
    # Not an expression: what comes behind is asked in the frame of the caller.
    if expression == "$up":
        gdb.execute("up", to_string=True)
        return {"kind": "error", "message": ""}
    try:
        return describe(gdb.parse_and_eval(expression))
    except (gdb.error, OverflowError, ValueError) as problem:
        text = str(problem)
        return {"kind": "optimized-out" if "optimized out" in text else "error", "message": text}


def collect(address, source, target):
    gdb.execute("set pagination off")
    gdb.execute("maint set internal-error corefile no")
    gdb.execute("set language c" if target.endswith(".rs.json") else "set language auto")
    gdb.Breakpoint("*%d" % address, internal=True)
    gdb.execute("run > /dev/null", to_string=True)
    json.dump([answer(expression) for expression in json.load(open(source))], open(target, "w"))

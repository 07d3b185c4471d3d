"""Runs the program of gdb under breakpoints at the given addresses and writes what gdb knows at each stop as JSON."""
import json
import struct

import gdb

REGISTERS = "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip fs_base".split()
INTEGERS = (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_BOOL, gdb.TYPE_CODE_ENUM, gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_CHAR)


def describe(value):
    """The bytes of a scalar, or where another value lies."""
    try:
        if value.is_optimized_out:
            return {"kind": "optimized-out"}
        kind = value.type.strip_typedefs()
        if kind.code in INTEGERS and kind.sizeof <= 8:
            return {"kind": "value", "value": str(int(value) & ((1 << (8 * kind.sizeof)) - 1)), "size": kind.sizeof}
        if kind.code == gdb.TYPE_CODE_FLT and kind.sizeof in (4, 8):
            bits = struct.pack("<f" if kind.sizeof == 4 else "<d", float(value))
            return {"kind": "value", "value": str(int.from_bytes(bits, "little")), "size": kind.sizeof}
        if kind.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
            return {"kind": "refers", "address": str(int(value.referenced_value().address))}
        if value.address is not None:
            return {"kind": "memory", "address": str(int(value.address))}
        return {"kind": "other"}
    except gdb.MemoryError:
        return {"kind": "other"}
    except gdb.error as problem:
        return {"kind": "optimized-out" if "optimized out" in str(problem) else "other"}


def variables(frame):
    """Those of the frame's blocks, up to its function."""
    found = []
    block = frame.block()
    while block is not None and not block.is_global and not block.is_static:
        for symbol in block:
            if symbol.is_variable or symbol.is_argument or symbol.is_constant:
                found.append({"name": symbol.name, "line": symbol.line,
                              "value": describe(symbol.value(frame))})
        if block.function is not None:
            break
        block = block.superblock
    return found


def frames(limit):
    result = []
    frame = gdb.newest_frame()
    while frame is not None and len(result) < limit:
        if frame.function() is None:
            break
        try:
            own = variables(frame)
        except RuntimeError:
            own = None
        result.append({"pc": frame.pc(), "name": frame.function().name, "variables": own})
        frame = frame.older()
    return result


def collect(addresses, path, limit):
    gdb.execute("set pagination off")
    gdb.execute("set breakpoint pending off")
    gdb.execute("set width 0")
    points = {address: gdb.Breakpoint("*%d" % address, internal=True) for address in json.load(open(addresses))}
    stops = []
    gdb.execute("run > /dev/null", to_string=True)
    while len(stops) < limit and gdb.selected_inferior().pid != 0:
        frame = gdb.newest_frame()
        pc = frame.pc()
        values = {name: int(frame.read_register(name)) & ((1 << 64) - 1) for name in REGISTERS}
        for number in range(16):
            values["xmm%d" % number] = int(frame.read_register("xmm%d" % number)["v2_int64"][0]) & ((1 << 64) - 1)
        stack = values["rsp"] - 256
        memory = bytes(gdb.selected_inferior().read_memory(stack, 4096))
        stops.append({"registers": {name: str(value) for name, value in values.items()},
                      "stack": str(stack), "memory": memory.hex(), "frames": frames(40)})
        # Each address counts at its first two hits.
        if points[pc].hit_count >= 2:
            points[pc].delete()
        gdb.execute("continue", to_string=True)
    json.dump(stops, open(path, "w"))

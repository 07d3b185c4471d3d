/** All instruction definitions. Importing this file fills the registry of `define.ts`. */
import "./arithmetic.js";
import "./bit.js";
import "./bmi.js";
import "./branch.js";
import "./condition.js";
import "./flag-control.js";
import "./logic.js";
import "./mmx.js";
import "./move.js";
import "./multiply-divide.js";
import "./segment-base.js";
import "./sha.js";
import "./shift-rotate.js";
import "./sse-arithmetic.js";
import "./sse-convert.js";
import "./sse-integer.js";
import "./sse-move.js";
import "./sse-shift.js";
import "./sse-shuffle.js";
import "./sse4.js";
import "./ssse3.js";
import "./stack.js";
import "./state-image.js";
import "./string.js";
import "./system.js";
import "./x87.js";

export { allDefinitions, type InstructionDefinition } from "../define.js";

import { recordForm } from "./handler-form.js";
import { firstSpecialised, formsOfHandlers } from "./handlers.js";
import { generateInterpreter } from "./interpreter.js";
import type { InterpreterImage } from "./interpreter-image.js";
import { generateGroup } from "./rare-groups.js";

/** The interpreter's image, each part generated when it is asked for. */
export function generatedImage(): InterpreterImage {
  const { specialised, rare } = formsOfHandlers();
  const forms = [...specialised, ...rare];
  return {
    main: generateInterpreter,
    group: (number) => generateGroup(number, rare),
    writes(handler) {
      const form = forms[handler - firstSpecialised];
      return form ? recordForm(form).writes : 0;
    },
  };
}

import type { Break } from "./break";

export const broken: Break = {
  does: "says that a token is taken before it is committed",
  file: "firmware/token/acts.ts",
  find: "  change(meter, judgement.effect);\n  if (judgement.result",
  replace: '  change(meter, judgement.effect);\n  meter.hal.buzzer.beep("good");\n  if (judgement.result',
  mode: "tokens",
  noticed_by: ["acknowledged_is_committed"],
};

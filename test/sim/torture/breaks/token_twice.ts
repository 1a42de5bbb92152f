import type { Break } from "./break";

export const broken: Break = {
  does: "commits a token's credit first and remembers its TID in a second commit",
  file: "firmware/token/acts.ts",
  find: "  tokens.state = judgement.state;\n  change(meter, judgement.effect);\n",
  replace: "  change(meter, judgement.effect);\n  commitOrLock(meter);\n  tokens.state = judgement.state;\n",
  mode: "tokens",
  noticed_by: ["credit_once_or_not_at_all"],
};

import type { Break } from "./break";

export const broken: Break = {
  does: "remembers a token's TID in a commit of its own, before its credit",
  file: "firmware/token/acts.ts",
  find: "  tokens.state = judgement.state;\n  change(meter, judgement.effect);\n",
  replace: "  tokens.state = judgement.state;\n  commitOrLock(meter);\n  change(meter, judgement.effect);\n",
  mode: "tokens",
  noticed_by: ["credit_once_or_not_at_all"],
};

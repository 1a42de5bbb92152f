import type { CardBreak } from "./break";

export const broken: CardBreak = {
  does: "acknowledges a credit and commits it then",
  pieces: [
    {
      file: "firmware/card/acts.ts",
      find: `return storeChange(meter, before) ? "accepted" : "not_stored";
}

function copyBooks`,
      replace: `meter.keeper.due = before === undefined ? 0 : 2;
  return "accepted";
}

function copyBooks`,
    },
  ],
  sessions: ["top_up"],
  noticed_by: ["told_is_kept"],
};

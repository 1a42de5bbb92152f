import type { CardBreak } from "./break";

export const broken: CardBreak = {
  does: "acknowledges a credit and commits it then",
  pieces: [
    {
      file: "firmware/card/acts.ts",
      find: `return storeVoucher(meter, before) ? "accepted" : "not_stored";
}

/** Puts the meter into service`,
      replace: `meter.keeper.due = before === undefined ? 0 : 2;
  return "accepted";
}

/** Puts the meter into service`,
    },
  ],
  sessions: ["top_up"],
  noticed_by: ["told_is_kept"],
};

import type { CardBreak } from "./break";

export const broken: CardBreak = {
  does: "commits the keys of a commissioning before its credit",
  pieces: [
    {
      file: "firmware/card/acts.ts",
      find: "  const result = commission(meter, said.opening_milli);",
      replace: `  storeChange(meter, stateBefore(meter));
  const result = commission(meter, said.opening_milli);`,
    },
  ],
  sessions: ["commissioning"],
  noticed_by: ["whole_or_not_at_all"],
};

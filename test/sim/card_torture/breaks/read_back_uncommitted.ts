import type { CardBreak } from "./break";

export const broken: CardBreak = {
  does: "leaves the read-back without its transaction committed and takes it for written",
  pieces: [
    {
      file: "firmware/card/session.ts",
      find: "      commitCard(meter, session, written);",
      replace: "      confirmed(meter, session, written.length > 0 && commitCard !== undefined);",
    },
  ],
  sessions: ["top_up"],
  noticed_by: ["read_back_agrees"],
};

import type { FuzzBreak } from "./break";

export const broken: FuzzBreak = {
  does: "reads on as long as a card has more to say",
  pieces: [
    {
      file: "firmware/card/desfire.ts",
      find: "exchange.frames >= 2 * FRAMES_MAX || exchange.answer.length > ANSWER_MAX",
      replace: "exchange.frames < 0",
    },
  ],
  noticed_by: ["comes_to_an_end"],
};

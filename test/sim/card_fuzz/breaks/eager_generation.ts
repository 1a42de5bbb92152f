import type { FuzzBreak } from "./break";

export const broken: FuzzBreak = {
  does: "notes the generation of a card before it has judged its voucher",
  pieces: [
    {
      file: "firmware/card/session.ts",
      find: `  const cumulative_milli = meter.card.books.cumulative_milli;
  const result = judgeVoucher(`,
      replace: `  const cumulative_milli = meter.card.books.cumulative_milli;
  meter.card.books.generation = session.header.generation;
  const result = judgeVoucher(`,
    },
  ],
  noticed_by: ["refusal"],
};

import type { CardBreak } from "./break";

export const broken: CardBreak = {
  does: "commits a credit and notes its sequence afterwards",
  pieces: [
    {
      file: "firmware/card/acts.ts",
      find: `  books.sequence = voucher.sequence;
  books.cumulative_milli = voucher.cumulative_milli;
  books.generation = voucher.generation;
  also();
  return storeVoucher(meter, before) ? "accepted" : "not_stored";`,
      replace: `  also();
  const stored = storeVoucher(meter, before);
  books.sequence = voucher.sequence;
  books.cumulative_milli = voucher.cumulative_milli;
  books.generation = voucher.generation;
  return stored ? "accepted" : "not_stored";`,
    },
  ],
  sessions: ["replacement"],
  noticed_by: ["whole_or_not_at_all"],
};

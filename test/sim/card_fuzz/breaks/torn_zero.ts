import type { FuzzBreak } from "./break";

export const broken: FuzzBreak = {
  does: "takes sequence 0 for a voucher that was torn",
  pieces: [
    {
      file: "firmware/card/judgement.ts",
      find: "voucher.sequence > 0 && voucher.sequence === meter.card.torn_sequence",
      replace: "voucher.sequence === meter.card.torn_sequence",
    },
  ],
  noticed_by: ["false_word"],
};

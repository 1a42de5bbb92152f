import type { FuzzBreak } from "./break";

export const broken: FuzzBreak = {
  does: "takes a voucher of the same sequence again",
  pieces: [
    {
      file: "firmware/card/judgement.ts",
      find: "if (voucher.sequence <= books.sequence) {",
      replace: "if (voucher.sequence < books.sequence) {",
    },
  ],
  noticed_by: ["false_credit"],
};

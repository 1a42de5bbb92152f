import type { FuzzBreak } from "./break";

export const broken: FuzzBreak = {
  does: "takes a voucher whoever signed it",
  pieces: [
    {
      file: "firmware/card/judgement.ts",
      find: "!signatureGood(key, bytes) || !sameBytes(voucher.uid, uid)",
      replace: "!sameBytes(voucher.uid, uid)",
    },
  ],
  noticed_by: ["false_credit"],
};

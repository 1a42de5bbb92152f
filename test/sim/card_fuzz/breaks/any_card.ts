import type { FuzzBreak } from "./break";

export const broken: FuzzBreak = {
  does: "takes a voucher of another card",
  pieces: [
    {
      file: "firmware/card/judgement.ts",
      find: "!signatureGood(key, bytes) || !sameBytes(voucher.uid, uid)",
      replace: "!signatureGood(key, bytes)",
    },
  ],
  noticed_by: ["false_credit"],
};

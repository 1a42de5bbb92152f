import type { FuzzBreak } from "./break";

export const broken: FuzzBreak = {
  does: "takes a voucher whoever signed it",
  pieces: [
    {
      file: "firmware/card/judgement.ts",
      find: "!voucherGenuine(meter.hal.crypto, key, bytes) ||",
      replace: "",
    },
  ],
  noticed_by: ["false_credit"],
};

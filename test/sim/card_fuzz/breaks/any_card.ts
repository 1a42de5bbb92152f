import type { FuzzBreak } from "./break";

export const broken: FuzzBreak = {
  does: "takes a voucher of another card",
  pieces: [
    {
      file: "firmware/card/judgement.ts",
      find: "!voucherGenuine(meter.hal.crypto, key, bytes) || !sameBytes(voucher.uid, session.uid)",
      replace: "!voucherGenuine(meter.hal.crypto, key, bytes)",
    },
  ],
  noticed_by: ["false_credit"],
};

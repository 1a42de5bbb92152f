import type { FuzzBreak } from "./break";

export const broken: FuzzBreak = {
  does: "notes the generation of a card before it has judged its voucher",
  pieces: [
    {
      file: "firmware/card/judgement.ts",
      find: `  const key = session.sign_key;
  const voucher = readVoucher(bytes);`,
      replace: `  const key = session.sign_key;
  const voucher = readVoucher(bytes);
  books.generation = session.header.generation;`,
    },
  ],
  noticed_by: ["refusal"],
};

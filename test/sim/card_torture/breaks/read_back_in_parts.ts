import type { CardBreak } from "./break";

export const broken: CardBreak = {
  does: "commits the read-back in two parts",
  pieces: [
    {
      file: "firmware/card/session.ts",
      find: `  const write = fileCommand(WRITE_DATA, FILE_READ_BACK, READ_BACK_BYTES).concat(written);
  exchangeSealed(`,
      replace: `  const half = fileCommand(WRITE_DATA, FILE_READ_BACK, 40).concat(written.slice(0, 40));
  exchangeSealed(meter.hal.card, session, half, true, () => {
    exchangeSealed(meter.hal.card, session, [COMMIT_TRANSACTION], false, () => {
      writeRest(meter, session, written);
    });
  });
}

function writeRest(meter: any, session: any, written: number[]): void {
  const write = fileCommand(WRITE_DATA, FILE_READ_BACK, READ_BACK_BYTES).concat(written);
  exchangeSealed(`,
    },
  ],
  sessions: ["top_up"],
  noticed_by: ["read_back_whole"],
};

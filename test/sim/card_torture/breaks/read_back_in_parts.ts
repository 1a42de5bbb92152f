import type { CardBreak } from "./break";

export const broken: CardBreak = {
  does: "commits the read-back in two parts",
  pieces: [
    {
      file: "firmware/card/session.ts",
      find: `  const data = fileCommand(FILE_READ_BACK, READ_BACK_BYTES);
  putBytes(data, written);
  exchangeCommand(`,
      replace: `  const half = [FILE_READ_BACK, 0, 0, 0, 40, 0, 0];
  putBytes(half, written.slice(0, 40));
  exchangeCommand(meter.hal.card, WRITE_DATA, sealCommand(channel, WRITE_DATA, half, true), (_r, _s, answer) => {
    openAnswer(channel, answer);
    exchangeCommand(meter.hal.card, COMMIT_TRANSACTION, sealCommand(channel, COMMIT_TRANSACTION, [], false), (_o, _t, done) => {
      openAnswer(channel, done);
      writeRest(meter, session, channel, written);
    });
  });
}

function writeRest(meter: any, session: any, channel: any, written: number[]): void {
  const data = fileCommand(FILE_READ_BACK, READ_BACK_BYTES);
  putBytes(data, written);
  exchangeCommand(`,
    },
  ],
  sessions: ["top_up"],
  noticed_by: ["read_back_whole"],
};

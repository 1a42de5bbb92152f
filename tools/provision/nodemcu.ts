/** A board with NodeMCU, over the console of its interpreter; the nameplate is a file of its file system. */
import { NAMEPLATE_MAX_BYTES } from "../../firmware/nameplate";
import type { Board } from "../build/board_schema";
import { printable, type Link } from "../flash/link";
import { openNodemcu } from "../flash/nodemcu/session";
import { readNodemcuState } from "../flash/nodemcu/state";
import { BOOT_LIMIT_MS, bringPart, checkRuns, pause, RESTART_MS, type ProvisionMeans } from "./means";
import { borrowNodemcuModem } from "./nodemcu_modem";
import { isEarlier, sameBytes } from "./plates";

/** Of boards/nodemcu/program.ts. */
const NAMEPLATE_FILE = "curbstop.set";
/** Becomes a third more in a line of the console, which has room for 250 characters. */
const PART_BYTES = 120;
const SERIAL_MAX = 40;

export async function openNodemcuBoard(link: Link, board: Board, port: string): Promise<ProvisionMeans> {
  const opened = await openNodemcu(link, port);
  let { console } = opened;
  const state = await readNodemcuState(console, board, port, opened.identity);
  checkRuns(state.program === "curbstop" && state.running !== undefined, state.identity, port);
  const takes_line = (await console.ask("curbstop.takeLine~=nil")) === "true";
  const serial = printable(await console.ask('node.chipid and node.chipid()or""')).slice(0, SERIAL_MAX);

  /** What stands in the board's file, "" where there is none. */
  const stored = async (): Promise<string> => {
    const length = Number(await console.ask(`file.list()["${NAMEPLATE_FILE}"]or 0`));
    if (!(length > 0 && length <= NAMEPLATE_MAX_BYTES)) return "";
    let text = "";
    for (let offset = 0; offset < length; offset += PART_BYTES) {
      const open = `local f=assert(io.open("${NAMEPLATE_FILE}","r"))f:seek("set",${offset})`;
      const read = `${open}local t=f:read(${PART_BYTES})f:close()`;
      text += Buffer.from(await console.ask('encoder.toBase64(t or"")', read), "base64").toString("latin1");
    }
    return text;
  };

  const restart = (): Promise<void> => Promise.resolve(console.tell("node.restart()"));

  return {
    serial,
    books: state.books,
    keepsEarlier: async (plate) => isEarlier(await stored(), plate),
    keeps: async (plate) => sameBytes(await stored(), plate),
    give: async (plate) => {
      await console.ask('""', 'cs_p=""');
      try {
        for (let offset = 0; offset < plate.length; offset += PART_BYTES) {
          const part = Buffer.from(plate.slice(offset, offset + PART_BYTES), "latin1").toString("base64");
          await bringPart(port, () =>
            console.ask("#cs_p", `cs_p=cs_p:sub(1,${offset})..encoder.fromBase64("${part}")`),
          );
        }
        return await console.ask("curbstop.provision(cs_p)", "", BOOT_LIMIT_MS);
      } finally {
        await console.ask('""', "cs_p=nil").catch(() => undefined);
      }
    },
    giveUpBooks: async () => {
      const answer = await console.ask("curbstop.newBooks()", "", BOOT_LIMIT_MS);
      if (answer === "ok") {
        await pause(RESTART_MS);
        ({ console } = await openNodemcu(link, port));
      }
      return answer;
    },
    restart,
    setClock: async (utc_s) => {
      // From a firmware that cannot take its line back the way would be a restart, in which a clock without a chip is lost.
      if (!takes_line) return "none";
      ({ console } = await openNodemcu(link, port));
      // The line first: whatever becomes of the clock, it is the firmware's, and the console has left nothing in its memory.
      return console.ask(`curbstop.setClock(${utc_s()})`, "cs=nil curbstop.takeLine()");
    },
    borrowModem: () => borrowNodemcuModem(console, board),
    takeBack: async () => {
      ({ console } = await openNodemcu(link, port));
      await console.ask('""', `file.remove("${NAMEPLATE_FILE}")`);
      await restart();
    },
  };
}

/** A board with Espruino, over the console of its interpreter; the nameplate is a file of its Storage. */
import { NAMEPLATE_MAX_BYTES } from "../../firmware/nameplate";
import type { Board } from "../build/board_schema";
import { checkKind, readBoardState, readText } from "../flash/board_state";
import { Console, FROM_FIRMWARE } from "../flash/console";
import { FlashError } from "../flash/flash_error";
import { printable, type Link } from "../flash/link";
import { openConsole } from "../flash/session";
import { borrowEspruinoModem } from "./espruino_modem";
import { BOOT_LIMIT_MS, bringPart, checkRuns, pause, RESTART_MS, type ProvisionMeans } from "./means";
import { isEarlier, sameBytes } from "./plates";

/** Of boards/espruino/program.ts. */
export const NAMEPLATE_FILE = "curbstop.set";
/** Becomes a third more in a line of the console. */
const PART_BYTES = 480;

export async function openEspruino(link: Link, board: Board, port: string): Promise<ProvisionMeans> {
  const opened = await openConsole(link, port);
  let { console } = opened;
  const state = await readBoardState(console, opened.identity);
  checkKind(state, board, port);
  checkRuns(state.program === "curbstop" && state.running !== undefined, state.identity, port);

  /** What stands in the board's Storage, "" where nothing does. */
  const stored = async (): Promise<string> => {
    const file = `require("Storage").read("${NAMEPLATE_FILE}"`;
    const length = Number(await console.ask(`(${file})||"").length`));
    if (!(length > 0 && length <= NAMEPLATE_MAX_BYTES)) return "";
    return readText(console, (offset, part_bytes) => `${file},${offset},${part_bytes})`, length);
  };

  const restart = (): Promise<void> => Promise.resolve(console.tell("load()"));

  return {
    serial: printable(state.facts.serial),
    books: state.books,
    keepsEarlier: async (plate) => isEarlier(await stored(), plate),
    keeps: async (plate) => sameBytes(await stored(), plate),
    give: async (plate) => {
      await console.ask("1", 'curbstop_plate="";');
      try {
        for (let offset = 0; offset < plate.length; offset += PART_BYTES) {
          const part = Buffer.from(plate.slice(offset, offset + PART_BYTES), "latin1").toString("base64");
          await bringPart(port, () => console.ask("1", `curbstop_plate+=atob("${part}");`));
        }
        return await console.ask("curbstop.provision(curbstop_plate)", "", BOOT_LIMIT_MS);
      } finally {
        await console.ask("1", "delete curbstop_plate;").catch(() => undefined);
      }
    },
    giveUpBooks: async () => {
      const answer = await console.ask("curbstop.newBooks()", "", BOOT_LIMIT_MS);
      if (answer === "ok") {
        await pause(RESTART_MS);
        ({ console } = await openConsole(link, port));
      }
      return answer;
    },
    restart,
    setClock: async (utc_s) => {
      const held = new Console(link);
      if (!(await held.greet(FROM_FIRMWARE)))
        throw new FlashError(`${port}: the firmware does not give the console for setting its clock (open the case)`);
      const answer = await held.ask(`curbstop.setClock?curbstop.setClock(${utc_s()}):"none"`);
      held.tell("setTimeout(function(){E.setConsole(null,{force:true});},100);");
      return answer;
    },
    borrowModem: () => borrowEspruinoModem(console, board),
    takeBack: async () => {
      ({ console } = await openConsole(link, port));
      await console.ask("1", `require("Storage").erase("${NAMEPLATE_FILE}");`);
      await restart();
    },
  };
}

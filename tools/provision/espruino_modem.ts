/** The modem's line of a board with Espruino: Serial1 or Serial2, as boards/espruino/modem.ts chooses and sets it up. */
import type { Board } from "../build/board_schema";
import type { Console } from "../flash/console";
import { FlashError } from "../flash/flash_error";
import { ACK_BYTES, HEARD_MAX, LENT_MAX_MS, type ModemLine } from "./modem_line";

/** As in boards/espruino/modem.ts. */
const POWER_KEY_MS = 500;
/** Becomes a third more in a line of the console. */
const PART_BYTES = 480;

/** `csm`: i what was heard, f the file, n how much of it has gone, -1 for none; w the serial line's own write. */
function helpers(serial: string): string[] {
  return [
    `if(typeof csm=="object")clearTimeout(csm.x);delete ${serial}.write;csm={i:"",f:"",n:-1,w:${serial}.write};`,
    `csm.t=function(x){csm.w.call(${serial},x);};`,
    `csm.a=function(d){var n=csm.n;if(n>=0&&n<csm.f.length&&(n?d.indexOf("A"):csm.i.indexOf("CONNECT"))>=0)` +
      `{csm.n=n+${ACK_BYTES};csm.t(csm.f.substr(n,${ACK_BYTES}));}};`,
    `csm.h=function(d){if(csm.i.length<${HEARD_MAX})csm.i+=d;csm.a(d);};`,
    `csm.g=function(){var t=csm.i.substr(0,${PART_BYTES});csm.i=csm.i.substr(${PART_BYTES});return btoa(t);};`,
  ];
}

/** Takes the line. Rejects with a FlashError. */
export async function borrowEspruinoModem(console: Console, board: Board): Promise<ModemLine> {
  const { parts, buses, pins } = board;
  const wires = buses.uart_modem;
  if (wires === undefined) throw new FlashError(`${board.name}: no line of a modem is known (see its board file)`);
  const serial = parts.service === "Serial1" ? "Serial2" : "Serial1";
  const key = pins["modem_power"] === undefined ? undefined : JSON.stringify(pins["modem_power"]);
  const setup = `${wires.rate_hz},{rx:${JSON.stringify(wires.rx)},tx:${JSON.stringify(wires.tx)}}`;
  const run = async (statements: string): Promise<void> => {
    await console.ask("1", statements);
  };

  for (const helper of helpers(serial)) await run(helper);
  await run(`csm.x=setTimeout(load,${LENT_MAX_MS});${serial}.removeAllListeners("data");${serial}.write=function(){};`);
  if (key !== undefined) await run(`digitalWrite(${key},1);`);
  await run(`${serial}.setup(${setup});${serial}.on("data",csm.h);`);

  return {
    send: (text) => run(`csm.t(${JSON.stringify(text)});`),
    take: async () => {
      let text = "";
      for (;;) {
        const part = Buffer.from(await console.ask("csm.g()"), "base64").toString("latin1");
        text += part;
        if (part.length < PART_BYTES) return text;
      }
    },
    stage: async (text) => {
      await run('csm.n=-1;csm.f="";');
      for (let offset = 0; offset < text.length; offset += PART_BYTES) {
        const part = Buffer.from(text.slice(offset, offset + PART_BYTES), "latin1").toString("base64");
        await run(`csm.f+=atob("${part}");`);
      }
    },
    upload: (command) => run(`csm.i="";csm.n=0;csm.t(${JSON.stringify(command)});`),
    pressPowerKey: async () => {
      if (key !== undefined) await run(`digitalPulse(${key},0,${POWER_KEY_MS});`);
      return key !== undefined;
    },
    giveBack: () =>
      run(`clearTimeout(csm.x);${serial}.removeAllListeners("data");delete ${serial}.write;csm=undefined;`),
  };
}

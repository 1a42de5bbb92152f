/** The modem's line of a board with NodeMCU: UART 2, as boards/nodemcu/modem.ts sets it up. */
import type { Board } from "../build/board_schema";
import { FlashError } from "../flash/flash_error";
import type { NodemcuConsole } from "../flash/nodemcu/console";
import { ACK_BYTES, HEARD_MAX, LENT_MAX_MS, type ModemLine } from "./modem_line";

/** As in boards/nodemcu/modem.ts. */
const MODEM_UART = 2;
const POWER_KEY_MS = 500;
/** Becomes a third more in a line of the console, which has room for 250 characters. */
const PART_BYTES = 120;
/** What comes back has more room. */
const TAKEN_BYTES = 480;

/**
 * `csm`: i what was heard, f the file, n how much of it has gone, -1 for none; u the module uart itself, which is
 * read-only: the firmware gets a table before it, which says nothing on the modem's line.
 */
const HELPERS = [
  "if csm then csm.x:unregister()end",
  `csu=csu or uart csm={i="",f="",n=-1}function csm.t(x)csu.write(${MODEM_UART},x)end`,
  'function csm.w(d)local n=csm.n return n>=0 and n<#csm.f and(n>0 and d or csm.i):find(n>0 and"A"or"CONNECT")end',
  `function csm.a(d)local n=csm.n if csm.w(d)then csm.n=n+${ACK_BYTES} csm.t(csm.f:sub(n+1,n+${ACK_BYTES}))end end`,
  `function csm.h(d)if #csm.i<${HEARD_MAX} then csm.i=csm.i..d end csm.a(d)end`,
  `function csm.g()local i=csm.i csm.i=i:sub(${TAKEN_BYTES + 1})return encoder.toBase64(i:sub(1,${TAKEN_BYTES}))end`,
  `csm.x=tmr.create()csm.x:alarm(${LENT_MAX_MS},tmr.ALARM_SINGLE,function()node.restart()end)`,
  `uart=setmetatable({write=function(i,x)if i~=${MODEM_UART} then csu.write(i,x)end end},{__index=csu})`,
];

/** Text in double quotes; a line of the console carries no control character. */
function quoted(text: string): string {
  const escaped = text.replace(/[^ !#-[\]-~]/g, (one) => `\\${String(one.charCodeAt(0)).padStart(3, "0")}`);
  return `"${escaped}"`;
}

/** Takes the line. Rejects with a FlashError. */
export async function borrowNodemcuModem(console: NodemcuConsole, board: Board): Promise<ModemLine> {
  const wires = board.buses.uart_modem;
  if (wires === undefined) throw new FlashError(`${board.name}: no line of a modem is known (see its board file)`);
  const key = board.pins["modem_power"];
  const run = async (statements: string): Promise<void> => {
    await console.ask('""', statements);
  };

  for (const helper of HELPERS) await run(helper);
  const format = "8,csu.PARITY_NONE,csu.STOPBITS_1";
  await run(`csu.setup(${MODEM_UART},${wires.rate_hz},${format},{tx=${wires.tx},rx=${wires.rx}})`);
  await run(`csu.start(${MODEM_UART})csu.on(${MODEM_UART},"data",0,csm.h)`);
  if (key !== undefined) await run(`gpio.config({gpio=${key},dir=gpio.OUT})gpio.write(${key},1)`);

  return {
    send: (text) => run(`csm.t(${quoted(text)})`),
    take: async () => {
      let text = "";
      for (;;) {
        const part = Buffer.from(await console.ask("csm.g()"), "base64").toString("latin1");
        text += part;
        if (part.length < TAKEN_BYTES) return text;
      }
    },
    stage: async (text) => {
      await run('csm.n=-1 csm.f=""');
      for (let offset = 0; offset < text.length; offset += PART_BYTES) {
        const part = Buffer.from(text.slice(offset, offset + PART_BYTES), "latin1").toString("base64");
        await run(`csm.f=csm.f:sub(1,${offset})..encoder.fromBase64("${part}")`);
      }
    },
    upload: (command) => run(`csm.i=""csm.n=0 csm.t(${quoted(command)})`),
    pressPowerKey: async () => {
      if (key === undefined) return false;
      const release = `function()gpio.write(${key},1)end`;
      await run(`gpio.write(${key},0)tmr.create():alarm(${POWER_KEY_MS},tmr.ALARM_SINGLE,${release})`);
      return true;
    },
    giveBack: () => run(`csm.x:unregister()csu.on(${MODEM_UART},"data",0,function()end)uart=csu csm=nil`),
  };
}

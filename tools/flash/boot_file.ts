/**
 * Boot file: `.bootcde`, what the interpreter runs when it starts. It runs the newest whole slot (slots.ts), and the other
 * one when the newest throws; without a whole slot it does nothing, and the console waits for an upload.
 *
 * A slot that an update by radio has filled (firmware/update/slot.ts) is run when it is confirmed, or once without that:
 * the boot file marks it as tried, starts the watchdog, and runs it; the next start runs the other one, unless the new
 * firmware has confirmed itself meanwhile. What was tried in vain is run only where nothing else is whole.
 *
 * It sets two globals: `curbstop`, the exports of the bundle, and `curbstop_boot`: slot, sequence and CRC of what runs,
 * where the slots are, or what stood in the way. Where the bundle exports `start`, it is called with the name of the
 * board - but not where it exports `boot` as well, which is the firmware alone (firmware/index.ts), whose `start` wants a
 * meter.
 *
 * First of all, before anything is checked or loaded, which takes a board seconds: the valve's bridge is off, and the
 * flow sensor is watched. The interpreter then queues its edges, about 85 of them (of more it says FIFO_FULL, an event
 * of the meter), and runs no callback before the boot is through. By then the firmware's own watch is there and is told
 * all of them, with their times; only then this one is given up, which leaves the pin watched (src/jswrap_io.c:
 * jswrap_interface_clearWatch asks jsiIsWatchingPin). On an interpreter of another board no pin is touched.
 *
 * What byte arrays have in common is looked for among the globals each time one of their methods is called, and is put
 * there when it is first wanted: so the boot file wants it, before the bundle's thousand names, which then are not gone
 * through each time.
 *
 * A bundle's declarations are globals (sim/bundle/unwrap.ts). One that throws is cleared away before the other is run:
 * its timers and watches, what it listens to, and all that was not there before it. Else what it has left running would
 * call functions of the other by the same short names.
 *
 * It is plain ES5 that keeps to what Espruino knows. At the top level on purpose: what eval declares inside of a function
 * would be gone with it.
 */
import { IMAGE_FIRST, MARK, MARK_CONFIRMED, MARK_PENDING, MARK_TRIED, SLOT_MAGIC } from "../../firmware/update/slot";
import type { Board } from "../build/board_schema";
import { HEADER_BYTES, MAGIC, type Slot } from "./slots";

export const BOOT_FILE = ".bootcde";
/** First line of every boot file of ours: by it one is known, and its slots are read from it. */
const SIGN = "//curbstop boot 3 ";
/**
 * Longer than a start takes. The firmware means to set 8 s (boards/drivers/watchdog.ts), but an nRF52 whose watchdog runs
 * takes no other period until its next reset: so long may a motor be driven by an interpreter that hangs in a trial.
 */
const TRIAL_WATCHDOG_S = 60;

/**
 * Of a board with an earlier form it can be read where its slots are. Form 1 passes over what came by radio; 1 and 2
 * leave valve and flow sensor to the firmware.
 */
const SLOT_LIST = /^\/\/curbstop boot [123] (\[[^\n]*\])\n/;

function reader(slot: Slot, offset: string, length: string): string {
  if (slot.file === "") return `E.memoryArea(${slot.from}+${offset},${length})`;
  return `require("Storage").read("${slot.file}",${slot.from}+${offset},${length})`;
}

/** What of a board the boot file must know. */
export type BootedBoard = Pick<Board, "name" | "interpreter" | "pins">;

/** The bridge off, and a watch that makes the interpreter queue the edges of the flow sensor; a fault ends no boot. */
function earlyText({ interpreter, pins }: BootedBoard): string {
  const names = (...some: (string | undefined)[]) => JSON.stringify(some.filter((name) => name !== undefined));
  return `var curbstop_early=[];
function curbstop_count(){
if(process.env.BOARD==${JSON.stringify(interpreter)})try{
${names(pins["valve_open"], pins["valve_close"])}.forEach(function(p){digitalWrite(p,0);});
curbstop_early=${names(pins["flow"], pins["flow_direction"])}.map(function(p){
pinMode(p,"input_pullup");return setWatch(function(){},p,{repeat:true,edge:"both"});});
}catch(e){}
}
curbstop_count();
new Uint8Array(1).length;
`;
}

/** The text of the boot file for these slots. */
export function bootFileText(slots: readonly [Slot, Slot], board: BootedBoard): string {
  const [first, second] = slots;
  const read = `return s?${reader(second, "o", "l")}:${reader(first, "o", "l")};`;
  const blank = "\\xff".repeat(16);
  return `${SIGN}${JSON.stringify(slots)}
${earlyText(board)}var curbstop_boot={slot:-1,sequence:0,crc:0,fault:"no firmware",slots:${JSON.stringify(slots)}};
(function(){
function read(s,o,l){${read}}
function set(t,i){return t.substr(i,8)=="${MARK}"||t.substr(i+8,8)=="${MARK}";}
function look(s){
var h=read(s,0,36),u,m,l,c,k,t,r;
if(h===undefined||h.length!=36)return;
u=h.substr(0,4)=="${SLOT_MAGIC}";m=u?2147483648:4294967296;
if(!u&&h.substr(0,4)!="${MAGIC}")return;
if(E.CRC32(h.substr(0,28))%m!==parseInt(h.substr(28,8),16))return;
l=parseInt(h.substr(12,8),16);k=parseInt(h.substr(20,8),16);c=read(s,u?${IMAGE_FIRST}:${HEADER_BYTES},l);
if(c===undefined||c.length!=l||E.CRC32(c)%m!==k)return;
r={slot:s,sequence:parseInt(h.substr(4,8),16),crc:k,code:c,rank:0};
if(!u)return r;
t=read(s,${MARK_PENDING},48);
if(set(t,${MARK_CONFIRMED - MARK_PENDING}))return r;
r.rank=t.substr(${MARK_TRIED - MARK_PENDING},16)!="${blank}"?2:1;
return r.rank==2||set(t,0)?r:undefined;
}
function tried(s){
var a=curbstop_boot.slots[s].address+${MARK_TRIED};
require("Flash").write("${MARK}",a);require("Flash").write("${MARK}",a+8);
return read(s,${MARK_TRIED},16)!="${blank}";
}
var a=look(0),b=look(1),t;
if(a===undefined||b!==undefined&&(b.rank==2)==(a.rank==2)&&b.sequence>a.sequence||b!==undefined&&a.rank==2&&b.rank<2){
t=a;a=b;b=t;}
curbstop_boot.list=[a,b];
curbstop_boot.may=function(n){
if(n.rank!=1)return true;
if(!tried(n.slot))return false;
try{E.enableWatchdog(${TRIAL_WATCHDOG_S},false);}catch(e){}
return true;
};
})();
var curbstop_next,curbstop_known=[];
for(curbstop_next in global)curbstop_known.push(curbstop_next);
function curbstop_clear(){
var n,k;
clearInterval();clearWatch();
["USB","Bluetooth","Serial1"].forEach(function(p){if(global[p])global[p].removeAllListeners("data");});
do{n=0;for(k in global)if(curbstop_known.indexOf(k)<0&&k!="curbstop_clear"){delete global[k];n=1;break;}}while(n);
curbstop_count();
}
while(curbstop_boot.slot<0&&curbstop_boot.list.length){
curbstop_next=curbstop_boot.list.shift();
if(curbstop_next!==undefined&&curbstop_boot.may(curbstop_next)){
curbstop_boot.slot=curbstop_next.slot;curbstop_boot.sequence=curbstop_next.sequence;
curbstop_boot.crc=curbstop_next.crc;
try{
eval(curbstop_next.code);
if(curbstop.start&&!curbstop.boot)curbstop.start(${JSON.stringify(board.name)});
curbstop_boot.fault="";
}catch(e){curbstop_boot.slot=-1;curbstop_boot.fault=e.toString();curbstop_clear();}
}
}
delete curbstop_boot.list;delete curbstop_boot.may;curbstop_next=undefined;
delete global.curbstop_known;delete global.curbstop_clear;delete global.curbstop_count;
curbstop_early.forEach(function(w){try{clearWatch(w);}catch(e){}});curbstop_early=undefined;
`;
}

/** How this form ends, and how the earlier ones do. One that was cut ends otherwise, or has flash in it that is blank. */
const LAST_WORDS = "curbstop_early=undefined;\n";
const EARLIER_LAST_WORDS = "curbstop_next=undefined;\n";

/** The slots that a boot file of ours knows, or undefined for any other text, and for one that is not whole. */
export function slotsOfBootFile(text: string): [Slot, Slot] | undefined {
  const list = SLOT_LIST.exec(text)?.[1];
  const last_words = text.startsWith(SIGN) ? LAST_WORDS : EARLIER_LAST_WORDS;
  if (list === undefined || !text.endsWith(last_words) || text.includes("\xff")) return undefined;
  try {
    const slots = JSON.parse(list) as unknown;
    return Array.isArray(slots) && slots.length === 2 && slots.every(isSlot) ? (slots as [Slot, Slot]) : undefined;
  } catch {
    return undefined;
  }
}

function isSlot(value: unknown): value is Slot {
  const { file, from, address, size_bytes } = (value ?? {}) as Record<string, unknown>;
  const whole = [from, address, size_bytes].every((number) => Number.isSafeInteger(number) && Number(number) >= 0);
  return whole && typeof file === "string" && /^[a-z.]{0,28}$/.test(file);
}

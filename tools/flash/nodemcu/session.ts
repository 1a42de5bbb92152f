/**
 * One flashing of a NodeMCU board, as ../session.ts has it for Espruino.
 */
import { FlashError } from "../flash_error";
import { Link } from "../link";
import { runFlashing, type Flashed, type FlashOrder } from "../session";
import { NodemcuConsole } from "./console";
import { readNodemcuState, type NodemcuState } from "./state";
import { restartNodemcu, uploadNodemcu } from "./upload";

/** The console of whatever is at the other end, and what its firmware said before it gave the line up. */
export async function openNodemcu(
  link: Link,
  port: string,
): Promise<{ console: NodemcuConsole; identity: string | undefined }> {
  const console = new NodemcuConsole(link);
  if (await console.greet()) return { console, identity: undefined };
  const identity = await console.askService("id");
  if (identity !== undefined && (await console.greet())) return { console, identity };
  throw new FlashError(
    identity === undefined
      ? `${port}: no NodeMCU console answers (is it a board with NodeMCU, and the line speed right?)`
      : `${port}: the firmware holds the line (open the case, or hold the board's button while it starts)`,
  );
}

/** Flashes a board. Rejects with a FlashError; until the very end the board then has what it had before. */
export async function flashNodemcu(order: FlashOrder): Promise<Flashed<NodemcuState>> {
  const link = await Link.open(order.port, order.baud_rate);
  try {
    const { console, identity } = await openNodemcu(link, order.port);
    const before = await readNodemcuState(console, order.board, order.port, identity);
    return await runFlashing(order, before, {
      upload: () => uploadNodemcu(console, before, order.board, order.bundle, order.step),
      restart: (header) => restartNodemcu(console, header),
      newBooks: () => console.ask('curbstop.newBooks and curbstop.newBooks()or"none"'),
    });
  } finally {
    link.close();
  }
}

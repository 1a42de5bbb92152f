/**
 * A reader at work, in portable code: driver, pipe, emulator and a card, with faults on the line and in the chip. A
 * program line is the number of the byte that is lost on each way; the trace tells all that the port said, and when.
 */
import { decimal } from "../../../firmware/text";
import { createPn532 } from "../../../firmware/reader/pn532";
import type { Pn532 } from "../../../firmware/reader/pn532";
import type { Pn532Chip } from "../../../sim/pn532/chip";
import { createPn532Chip, insertCard, removeCard, setSilent } from "../../../sim/pn532/chip";
import { createBytePipe, loseByte } from "../../../sim/pn532/pipe";
import { createTimerTwin } from "../../../sim/twins/timer";
import type { Host } from "../../../sim/world/host";
import { createQueue } from "../../../sim/world/queue";
import { wholeNumber } from "../../../sim/world/words";
import { listed, pass } from "../engine_lines";

function insert(chip: Pn532Chip): void {
  insertCard(chip, {
    uid: [4, 161, 178, 195, 212, 229, 246],
    respond: function (apdu) {
      return [apdu.length, apdu[0], 145, 0];
    },
    field_lost: function () {
      return;
    },
  });
}

function session(host: Host, at_byte: number): void {
  const queue = createQueue();
  const pipe = createBytePipe(queue, 7);
  const chip = createPn532Chip(pipe.chip, createTimerTwin(queue).port);
  loseByte(pipe.to_chip, at_byte);
  loseByte(pipe.to_host, at_byte);
  const reader: Pn532 = createPn532(pipe.host, createTimerTwin(queue).port);
  const say = function (text: string): void {
    host.write_line(decimal(queue.now_ms) + " " + text);
  };
  const send = function (bytes: number[]): void {
    say(
      reader.port.transmit(bytes, 1000, function (result, answer) {
        say(result + listed(answer));
      }),
    );
    pass(queue, 2000);
  };
  reader.port.on_change(function () {
    say("card" + listed(reader.port.uid()));
  });
  pass(queue, 1000);
  insert(chip);
  pass(queue, 1000);
  send([144, 96, 0, 0, 0]);
  chip.wrong_sums = 1;
  send([144, 175, 0]);
  chip.field.bytes_to_pull = 4;
  send([144, 90, 1]);
  insert(chip);
  pass(queue, 1000);
  send([144, 96, 0, 0, 0]);
  setSilent(chip, true);
  send([144, 1]);
  setSilent(chip, false);
  pass(queue, 5000);
  removeCard(chip);
  pass(queue, 1000);
}

export function runProgram(host: Host): void {
  let line = host.read_line();
  while (line !== undefined) {
    session(host, wholeNumber(line));
    line = host.read_line();
  }
}

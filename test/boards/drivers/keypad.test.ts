/** The matrix keypad: every key once, bounce, two keys at once, a watch that was removed. */
import assert from "node:assert/strict";
import { createMatrixKeypad, IDLE_LOOK_MS, SCAN_MS, SCANS_STEADY } from "../../../boards/drivers/matrix_keypad";
import type { Keypad } from "../../../hal/keypad";
import type { BusTime } from "../../../sim/bus/bus_time";
import { createBusTime, createBusTimer, passMs, waitUs } from "../../../sim/bus/bus_time";
import type { KeyMatrix } from "../../../sim/bus/key_matrix";
import { createKeyMatrix, setKey } from "../../../sim/bus/key_matrix";
import { setPin } from "../../../sim/bus/pins";
import { describePortContract } from "../../hal/contract";

const KEYS = "123456789*0#";
const HOLD_MS = 80;

interface Rig {
  time: BusTime;
  matrix: KeyMatrix;
  port: Keypad;
  told: string[];
  press: (key: string, hold_ms?: number) => void;
}

function rig(): Rig {
  const time = createBusTime();
  const matrix = createKeyMatrix(time, 4, 3);
  const port = createMatrixKeypad(
    matrix.rows.map((row) => row.port),
    matrix.columns.map((column) => column.port),
    createBusTimer(time),
    {
      wait_us: (span_us) => {
        waitUs(time, span_us);
      },
    },
  );
  const told: string[] = [];
  port.on_key((key) => told.push(key));
  const press = (key: string, hold_ms = HOLD_MS): void => {
    for (const down of [true, false]) {
      setKey(matrix, KEYS.indexOf(key), down);
      passMs(time, hold_ms);
    }
  };
  passMs(time, 1000);
  return { time, matrix, port, told, press };
}

describePortContract("keypad", "matrix driver", () => {
  const { time, port, press } = rig();
  return {
    port,
    pass: (span_ms) => {
      passMs(time, span_ms);
    },
    press,
  };
});

describe("the matrix keypad", () => {
  it("tells a held key once, however long it is held", () => {
    const { told, press } = rig();
    press("7", 30_000);
    assert.deepEqual(told, ["7"]);
  });

  it("tells a bouncing key once, down and up", () => {
    const { time, matrix, told } = rig();
    for (let stroke = 0; stroke < 20; stroke++) {
      for (const down of [true, false]) {
        for (let bounce = 0; bounce < 8; bounce++) {
          setKey(matrix, 4, bounce % 2 === 0 ? down : !down);
          passMs(time, 1);
        }
        setKey(matrix, 4, down);
        passMs(time, HOLD_MS);
      }
    }
    assert.deepEqual(told, new Array<string>(20).fill("5"));
  });

  it("does not tell a touch shorter than three scans", () => {
    const { time, told, press } = rig();
    assert.ok(SCANS_STEADY * SCAN_MS >= 30);
    press("5", 15);
    passMs(time, 1000);
    assert.deepEqual(told, []);
  });

  it("tells none of two keys that are down together, and no ghost of three", () => {
    for (const keys of [
      [0, 1],
      [0, 3],
      [0, 1, 3],
      [4, 5, 8, 7],
    ]) {
      const { time, matrix, told, press } = rig();
      for (const key of keys) setKey(matrix, key, true);
      passMs(time, HOLD_MS);
      for (const key of keys) setKey(matrix, key, false);
      passMs(time, HOLD_MS);
      assert.deepEqual(told, [], keys.join(" "));
      press("9");
      assert.deepEqual(told, ["9"]);
    }
  });

  it("hears a key though its watch was removed, and has the watch again behind it", () => {
    const { time, matrix, told, press } = rig();
    for (const column of matrix.columns) column.removed = true;
    press("3", IDLE_LOOK_MS + HOLD_MS);
    assert.deepEqual(told, ["3"]);
    passMs(time, 1000);
    assert.deepEqual(
      matrix.columns.map(({ removed }) => removed),
      [false, false, false],
    );
  });

  it("hears every key behind an expander that lost its rows: a write that was lost, a dip of its supply", () => {
    const { time, matrix, told, press } = rig();
    for (const key of KEYS) {
      for (const row of matrix.rows) setPin(row, true);
      passMs(time, IDLE_LOOK_MS);
      press(key);
    }
    assert.equal(told.join(""), KEYS);
  });

  it("is at rest between keys: no scan runs", () => {
    const { time, matrix, press } = rig();
    press("1");
    passMs(time, 1000);
    let levels = 0;
    for (const row of matrix.rows) row.on_level = () => levels++;
    passMs(time, 60_000);
    assert.equal(levels, 0);
  });

  it("tells twenty digits of a token, typed fast, in order", () => {
    const { told, press } = rig();
    const token = "00112233445566778899";
    for (const digit of token) press(digit, 50);
    assert.equal(told.join(""), token);
  });
});

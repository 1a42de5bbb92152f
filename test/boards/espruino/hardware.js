/**
 * Hardware of a board for the Espruino interpreter on Linux, which has none: its calls replaced at the lowest level.
 * This text stands in front of a bundle. Time is virtual: getTime() says it, timeouts and watches run in it.
 *
 * Espruino runs this, so it is written in what that reads. Not replaced: Flash, crypto, E.CRC32, process.memory, which
 * the Linux interpreter has.
 */
/* global global, E, SPI1, I2C1, Serial1, Serial2 */
var hardware = (function () {
  var now_us = 5000000000;
  var pins = {};
  var watches = [];
  var timeouts = [];
  var edges = [];
  var made = 0;
  var i2c_out = "";
  var spi_out;
  var self = {
    exchange: function (out, count) {
      return "";
    },
    i2c_write: function () {
      return false;
    },
    i2c_read: function () {
      return "";
    },
    i2c_clock: function () {
      return false;
    },
    i2c_held: function () {
      return false;
    },
    analog_mv: 1650,
    error_flags: [],
    written: "",
    hear: function () {},
    modem_setup: "",
    to_modem: function () {},
    from_modem: function () {},
    pulsed: function () {},
    wrote: function () {},
    watchdog_s: 0,
    kicks: 0,
    restarts: 0,
    console: undefined,
  };
  function without(list, id) {
    return list.filter(function (one) {
      return one.id !== id;
    });
  }
  function runEdges() {
    var waiting = edges;
    edges = [];
    // Told to the watches that are there by now: the interpreter queues the edges of a pin, not those of a watch.
    waiting.forEach(function (edge) {
      watches.forEach(function (one) {
        if (one.pin === edge.pin) one.run({ time: edge.at_us / 1000000, state: edge.level, lastTime: 0 });
      });
    });
  }
  function nextTimeout(until_us) {
    var first;
    timeouts.forEach(function (one) {
      if (one.at_us <= until_us && (first === undefined || one.at_us < first.at_us)) first = one;
    });
    return first;
  }
  self.pass = function (span_ms) {
    var until_us = now_us + span_ms * 1000;
    var one;
    runEdges();
    one = nextTimeout(until_us);
    while (one !== undefined) {
      timeouts = without(timeouts, one.id);
      if (one.at_us > now_us) now_us = one.at_us;
      one.run();
      runEdges();
      one = nextTimeout(until_us);
    }
    if (until_us > now_us) now_us = until_us;
  };
  self.busy = function (span_ms) {
    now_us += span_ms * 1000;
  };
  self.set = function (pin, level) {
    if (self.level(pin) === level) return;
    pins[pin] = level;
    if (self.watches(pin) > 0) edges.push({ pin: pin, at_us: now_us, level: level });
  };
  self.level = function (pin) {
    return pins[pin] === undefined ? 1 : pins[pin];
  };
  self.remove_watches = function (pin) {
    watches = watches.filter(function (one) {
      return one.pin !== pin;
    });
  };
  self.power_cut = function () {
    watches = [];
    timeouts = [];
    edges = [];
  };
  self.watches = function (pin) {
    return watches.filter(function (one) {
      return one.pin === pin;
    }).length;
  };
  global.getTime = function () {
    // A call takes its time, so that code which waits by the clock gets on.
    now_us += 5;
    return now_us / 1000000;
  };
  global.setTimeout = function (run, span_ms) {
    made++;
    timeouts.push({ id: made, at_us: now_us + span_ms * 1000, run: run });
    return made;
  };
  global.clearTimeout = function (id) {
    timeouts = without(timeouts, id);
  };
  global.setWatch = function (run, pin, options) {
    if (!options.repeat || options.edge !== "both") throw new Error("a watch of another kind");
    made++;
    watches.push({ id: made, pin: pin, run: run });
    return made;
  };
  global.clearWatch = function (id) {
    var known = watches.some(function (one) {
      return one.id === id;
    });
    // As the interpreter does; clearTimeout is quiet there.
    if (!known) throw new Error("Unknown Watch " + id);
    watches = without(watches, id);
  };
  global.pinMode = function () {};
  global.digitalRead = function (pin) {
    if (pin === "SDA") return self.i2c_held() ? 0 : 1;
    return self.level(pin);
  };
  global.digitalWrite = function (pin, value) {
    if (pin === "SCL" && value === 1) self.i2c_clock();
    if (pin === "CS" && value === 1 && spi_out !== undefined && spi_out !== "") self.exchange(spi_out, 0);
    if (pin === "CS") spi_out = value === 1 ? undefined : "";
    self.set(pin, value);
    self.wrote(pin, value);
  };
  global.digitalPulse = function (pin, value, span_ms) {
    self.set(pin, value);
    self.pulsed(pin, value, span_ms);
    // The other level comes by an interrupt, whatever the interpreter does.
    global.setTimeout(function () {
      self.set(pin, 1 - value);
    }, span_ms);
  };
  global.analogRead = function () {
    return self.analog_mv / 3300;
  };
  // The Linux interpreter has these objects, and they cannot be replaced as a whole; their methods can.
  SPI1.setup = function () {};
  SPI1.send = function (data) {
    var answer;
    if (self.level("CS") === 1) throw new Error("the chip is not selected");
    if (spi_out === "") {
      spi_out = data;
      return data;
    }
    answer = self.exchange(spi_out, data.length);
    spi_out = undefined;
    return answer;
  };
  I2C1.setup = function () {};
  I2C1.writeTo = function (address, data) {
    data = data.substr(0, data.length % 256);
    if (address.address !== undefined) i2c_out = data;
    else if (!self.i2c_write(address, data)) throw new Error("I2C Write Error: NACK");
  };
  I2C1.readFrom = function (address, count) {
    // On an nRF52 the count is a byte below the interpreter: what is wanted beyond it is whatever the stack holds.
    var read = count % 256;
    var answer = self.i2c_read(address, i2c_out, read);
    var bytes = new Uint8Array(count).fill(90);
    var index;
    i2c_out = "";
    if (answer.length !== read) throw new Error("I2C Read Error: NACK");
    for (index = 0; index < read; index++) bytes[index] = answer.charCodeAt(index);
    return bytes;
  };
  Serial1.setup = function () {};
  Serial1.write = function (text) {
    self.written += text;
  };
  Serial1.on = function (event, listener) {
    if (event === "data") self.hear = listener;
  };
  Serial2.setup = function (baud, options) {
    self.modem_setup = baud + " " + options.rx + " " + options.tx;
  };
  Serial2.write = function (text) {
    self.to_modem(text);
  };
  Serial2.on = function (event, listener) {
    if (event === "data") self.from_modem = listener;
  };
  E.getErrorFlags = function () {
    var flags = self.error_flags;
    self.error_flags = [];
    return flags;
  };
  E.getAnalogVRef = function () {
    return 3.3;
  };
  self.make_esp32 = function () {
    var drawn = 0xfedc0000;
    E.getAnalogVRef = function () {
      return NaN;
    };
    // The row that each boot begins anew.
    E.hwRand = function () {
      return 1;
    };
    global.peek32 = function (address) {
      drawn += 0x0102;
      return address === 0x3ff75144 ? drawn : 0;
    };
  };
  // The console of the test's own line must stay where it is.
  E.setConsole = function (device) {
    self.console = device === null ? undefined : device;
  };
  E.enableWatchdog = function (timeout_s) {
    self.watchdog_s = timeout_s;
  };
  // The chip is reset, its watchdog with it; load() starts the interpreter alone, and is none.
  E.reboot = function () {
    self.restarts++;
  };
  E.kickWatchdog = function () {
    self.kicks++;
  };
  return self;
})();

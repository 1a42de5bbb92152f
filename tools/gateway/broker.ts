/**
 * A connection to an MQTT broker (3.1.1). Once it was there it comes and goes by itself, and subscriptions with it: the
 * session is a clean one, so nothing waits in the broker for who is not there.
 */
import { connect, type MqttClient } from "mqtt";
import { readSecretFile } from "../keys/secret_file";
import { GatewayError } from "./gateway_error";

const CONNECT_MS = 10_000;
const PASSWORD_MAX_BYTES = 1024;
const REFUSED_USER: (string | number)[] = [4, 5];
export const RETRY_MS = 2000;

/** The address as a message shows it: without a password. */
export function shownBroker(url: string): string {
  try {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  } catch {
    return "the broker";
  }
}

function bad(option: string, why: string): GatewayError {
  return new GatewayError("bad_argument", `${option} ${why}`);
}

/** An address without its user, and who that is. */
function partsOf(url: string, option: string): { bare: string; username: string; password: string } {
  try {
    if (!/^(mqtts?|wss?):\/\//.test(url)) throw new TypeError("another scheme");
    const address = new URL(url);
    const [username, password] = [address.username, address.password].map(decodeURIComponent);
    address.username = "";
    address.password = "";
    return { bare: address.href, username, password };
  } catch {
    throw bad(option, "takes a broker's address, such as mqtt://localhost:1883");
  }
}

/**
 * The address that an option gives, with its user's password out of a file that only its owner can read. A password in
 * the address is refused: others on the machine see arguments, and shells keep them.
 */
export function brokerAddress(url: string, password_file: string | undefined, option: string): string {
  const { username, password } = partsOf(url, option);
  const file_option = option === "--mqtt" ? "--mqtt-password-file" : "--meters-password-file";
  if (password !== "")
    throw bad(option, `takes no password in the address, where others see it (put it into a file: ${file_option})`);
  if (password_file === undefined) return url;
  if (username === "") throw bad(option, `names no user, whose password ${file_option} is (mqtt://USER@HOST)`);
  const text = readSecretFile(password_file, PASSWORD_MAX_BYTES)
    ?.toString()
    .replace(/\r?\n$/, "");
  if (text === undefined) throw bad(file_option, `${password_file}: there is no such file`);
  if (text === "" || /[\r\n\0]/.test(text)) throw bad(file_option, `${password_file}: a password is one line`);
  const address = new URL(url);
  address.password = encodeURIComponent(text);
  return address.href;
}

export function noBroker(url: string, error: Error): GatewayError {
  const why = (error as { code?: string | number }).code ?? error.message;
  // A number is what the broker itself has answered (MQTT 3.1.1, 3.2.2.3).
  if (REFUSED_USER.includes(why))
    return new GatewayError("no_broker", `${shownBroker(url)}: the broker refuses this user (are name and password right?)`); // prettier-ignore
  return new GatewayError("no_broker", `${shownBroker(url)}: the broker cannot be reached (${why}; is it running?)`);
}

/** Hears a topic at QoS 1, or says that the broker does not allow it. */
export async function subscribe(client: MqttClient, url: string, topic: string): Promise<void> {
  try {
    await client.subscribeAsync(topic, { qos: 1 });
  } catch (error) {
    const why = `does not let this user hear ${topic} (${(error as Error).message}; see its access rules)`;
    throw new GatewayError("no_broker", `${shownBroker(url)}: the broker ${why}`);
  }
}

export function connectBroker(url: string, option = "--mqtt"): Promise<MqttClient> {
  const { bare, username, password } = partsOf(url, option);
  // The library would divide NAME:PASSWORD at the last colon, which may be one of the password.
  const user = { ...(username === "" ? {} : { username }), ...(password === "" ? {} : { password }) };
  const client = connect(bare, { protocolVersion: 4, reconnectPeriod: RETRY_MS, queueQoSZero: false, ...user });
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(limit);
      client.end(true);
      reject(noBroker(url, error));
    };
    const limit = setTimeout(() => {
      fail(new Error("no answer"));
    }, CONNECT_MS);
    client.once("error", fail);
    client.once("connect", () => {
      clearTimeout(limit);
      client.off("error", fail);
      // From here on it comes and goes by itself.
      client.on("error", () => undefined);
      resolve(client);
    });
  });
}

/** mosquitto on a port of its own, socat's pair of ptys, and waiting for both. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { programPath } from "../../sim/card/private_pcscd";

const LOOK_MS = 20;
/** Debian has it where only root looks. */
export const MOSQUITTO = ["/usr/sbin/mosquitto"].find((file) => existsSync(file)) ?? programPath("mosquitto");

export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export class Broker {
  private child: ChildProcess | undefined;
  url = "";
  private config = "";

  /** With `access`, lines of its configuration, only its users are let in. */
  async start(folder: string, access = ""): Promise<void> {
    if (this.url === "") {
      const port = await freePort();
      this.url = `mqtt://127.0.0.1:${port}`;
      this.config = join(folder, "mosquitto.conf");
      writeFileSync(
        this.config,
        `listener ${port} 127.0.0.1\nallow_anonymous ${access === ""}\npersistence false\n${access}`,
      );
    }
    this.child = spawn(MOSQUITTO ?? "mosquitto", ["-c", this.config], { stdio: "ignore" });
    for (;;) {
      const refused = (error: Error): "up" | undefined => (/not authorized/i.test(error.message) ? "up" : undefined);
      const client = await connectAsync(this.url, { reconnectPeriod: 0 }).catch(refused);
      if (client !== undefined) return client === "up" ? undefined : client.endAsync();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async stop(): Promise<void> {
    if (this.child === undefined) return;
    const closed = once(this.child, "close");
    this.child.kill("SIGKILL");
    await closed;
    this.child = undefined;
  }

  async subscribed(topic: string): Promise<{ got: [string, string][]; end: () => Promise<void> }> {
    const client = await connectAsync(this.url);
    const got: [string, string][] = [];
    client.on("message", (where, payload) => got.push([where, payload.toString()]));
    await client.subscribeAsync(topic, { qos: 1 });
    return { got, end: () => client.endAsync(true) };
  }
}

/** Two ends of a line in a folder: H for the host, D for the device. */
export async function ptyPair(folder: string): Promise<{ host: string; device: string; socat: ChildProcess }> {
  const [host, device] = [join(folder, "H"), join(folder, "D")];
  const socat = spawn("socat", [`PTY,link=${host},raw,echo=0`, `PTY,link=${device},raw,echo=0`], { stdio: "ignore" });
  await until(() => existsSync(host) && existsSync(device));
  return { host, device, socat };
}

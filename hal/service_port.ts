/**
 * Service port: a byte pipe to a technician's laptop (optical head, UART or USB), 8 bits, no flow control.
 */
export interface ServicePort {
  /** Queues bytes (0 to 255) for sending; "full" takes none of them. */
  write(bytes: number[]): "ok" | "full";
  /** Calls `listener` with bytes as they come in, one or more at a time. A second call replaces the listener. */
  on_receive(listener: (bytes: number[]) => void): void;
}

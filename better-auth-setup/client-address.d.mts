import type { IncomingMessage } from "node:http";

/** Return the address of the client that sent `request`, or undefined for a Unix socket. */
export function clientAddress(request: IncomingMessage, proxies: number): string | undefined;

/** Replace X-Forwarded-For with the address of the client, which Better Auth then reads. */
export function setClientAddress(request: IncomingMessage, proxies: number): void;

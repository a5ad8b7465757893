"use client";

import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createContext, useContext, useState } from "react";
import type { ReactNode } from "react";
import { createApi } from "./api";
import type { Api } from "./api";
import { getToken } from "./auth-client";
import { ApiError, SignedOut, Unreachable } from "./errors";
import { signInPath } from "./paths";
import type { User } from "./session";

interface Service {
  /** Prefix of every path of the service. It is absolute in a browser. */
  baseUrl: string;
  api: Api;
  user: User;
}

const RETRIES = 2;
const STALE_AFTER_MS = 15_000;

const ServiceContext = createContext<Service | null>(null);

/** Return the API client, the address of the service and the signed-in user. */
export function useService(): Service {
  const service = useContext(ServiceContext);
  if (!service) throw new Error("useService must be used inside a ServiceProvider");
  return service;
}

interface Props {
  baseUrl: string;
  user: User;
  children: ReactNode;
}

export function ServiceProvider({ baseUrl, user, children }: Props) {
  const [service] = useState(() => serviceAt(absoluteUrl(baseUrl)));
  const [queries] = useState(createQueryClient);
  return (
    <ServiceContext value={{ ...service, user }}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </ServiceContext>
  );
}

function serviceAt(baseUrl: string): Omit<Service, "user"> {
  return { baseUrl, api: createApi({ baseUrl, getToken }) };
}

// A Request needs an absolute URL. On the server no request is sent, so any value will do.
function absoluteUrl(baseUrl: string): string {
  if (typeof window === "undefined") return baseUrl;
  // The path of an origin is "/", but paths of the service are appended.
  return new URL(baseUrl, window.location.origin).href.replace(/\/$/, "");
}

function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: signInIfSignedOut }),
    mutationCache: new MutationCache({ onError: signInIfSignedOut }),
    defaultOptions: {
      // Offline, a query must fail and show an error. In the mode "online" it would wait silently.
      queries: { staleTime: STALE_AFTER_MS, retry: shouldRetry, networkMode: "always", refetchOnReconnect: true },
      mutations: { networkMode: "always" },
    },
  });
}

function shouldRetry(failures: number, error: Error): boolean {
  const isTemporary = error instanceof Unreachable || (error instanceof ApiError && error.status === 503);
  return isTemporary && failures < RETRIES;
}

/** Go to the sign-in page, and from there back to this page, if the session has ended. */
export function signInIfSignedOut(error: unknown): void {
  if (!(error instanceof SignedOut)) return;
  const { pathname, search } = window.location;
  window.location.assign(signInPath(pathname + search));
}

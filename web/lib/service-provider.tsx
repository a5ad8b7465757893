"use client";

import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createContext, useContext, useState } from "react";
import type { ReactNode } from "react";
import { createApi } from "./api";
import type { Api } from "./api";
import { getToken } from "./auth-client";
import { ApiError, SignedOut, Unreachable } from "./errors";
import { signInPath } from "./paths";
import type { Person } from "./session";

interface Service {
  api: Api;
  person: Person;
}

const RETRIES = 2;
const FRESH_MS = 15_000;

const ServiceContext = createContext<Service | null>(null);

/** Returns the door to the service, and who is signed in. */
export function useService(): Service {
  const service = useContext(ServiceContext);
  if (!service) throw new Error("useService needs a ServiceProvider above it");
  return service;
}

interface Props {
  baseUrl: string;
  person: Person;
  children: ReactNode;
}

export function ServiceProvider({ baseUrl, person, children }: Props) {
  const [api] = useState(() => createApi({ baseUrl: absolute(baseUrl), getToken }));
  const [queries] = useState(createQueryClient);
  return (
    <ServiceContext value={{ api, person }}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </ServiceContext>
  );
}

// A Request needs a whole address; on the server nothing is asked.
function absolute(baseUrl: string): string {
  return typeof window === "undefined" ? baseUrl : new URL(baseUrl, window.location.origin).href;
}

function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: leaveIfSignedOut }),
    mutationCache: new MutationCache({ onError: leaveIfSignedOut }),
    defaultOptions: {
      // Offline, a question fails and says so; in the mode "online" it would wait in silence.
      queries: { staleTime: FRESH_MS, retry: mayPass, networkMode: "always", refetchOnReconnect: true },
      mutations: { networkMode: "always" },
    },
  });
}

function mayPass(failures: number, error: Error): boolean {
  const passing = error instanceof Unreachable || (error instanceof ApiError && error.status === 503);
  return passing && failures < RETRIES;
}

/** Leads to the sign-in page and back, if that is what the error asks for. */
function leaveIfSignedOut(error: unknown): void {
  if (!(error instanceof SignedOut)) return;
  const { pathname, search } = window.location;
  window.location.assign(signInPath(pathname + search));
}

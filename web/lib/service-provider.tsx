"use client";

import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState } from "react";
import type { ReactNode } from "react";
import { createApi } from "./api";
import type { Api } from "./api";
import { authClient, getToken } from "./auth-client";
import { ApiError, SignedOut, Unreachable } from "./errors";
import { signInPath } from "./paths";
import { onSessionEnd } from "./session-channel";
import type { User } from "./session";

interface Service {
  api: Api;
  user: User;
}

const RETRIES = 2;
const STALE_AFTER_MS = 15_000;

const ServiceContext = createContext<Service | null>(null);

/** Return the API client and the signed-in user. */
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
  const [api] = useState(() => createApi({ baseUrl: absoluteUrl(baseUrl), getToken }));
  const [queries] = useState(createQueryClient);
  useEffect(() => onSessionEnd(signIn), []);
  return (
    <ServiceContext value={{ api, user }}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </ServiceContext>
  );
}

// A Request needs an absolute URL. On the server no request is sent, so any value will do.
function absoluteUrl(baseUrl: string): string {
  return typeof window === "undefined" ? baseUrl : new URL(baseUrl, window.location.origin).href;
}

function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: (error) => void signInIfSignedOut(error) }),
    mutationCache: new MutationCache({ onError: (error) => void signInIfSignedOut(error) }),
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

// Goes to the sign-in page, and from there back to this page.
async function signInIfSignedOut(error: unknown): Promise<void> {
  if (error instanceof SignedOut || (await isAccountDeleted(error))) signIn();
}

function signIn(): void {
  const { pathname, search } = window.location;
  window.location.assign(signInPath(pathname + search));
}

// With the account, its sessions are deleted. If there still is a session, the service and the front end
// disagree, and the sign-in page would lead back here.
async function isAccountDeleted(error: unknown): Promise<boolean> {
  if (!(error instanceof ApiError && error.code === "user_unknown")) return false;
  const { data, error: failure } = await authClient.getSession();
  return data === null && failure === null;
}

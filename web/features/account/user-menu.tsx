"use client";

import { LogOut, Settings } from "lucide-react";
import Link from "next/link";
import { toast } from "sonner";
import { Menu, MenuContent, MenuItem, MenuLine, MenuTrigger } from "@/components/ui/menu";
import { authClient } from "@/lib/auth-client";
import { authError, authErrorMessage } from "./auth-error";
import { leave } from "./leave";

interface Props {
  name: string;
  email: string;
}

async function signOut() {
  const failure = await authError(() => authClient.signOut());
  if (failure) toast(`You are still signed in. ${authErrorMessage(failure)}`);
  else leave("/");
}

export function UserMenu({ name, email }: Props) {
  return (
    <Menu>
      <MenuTrigger
        aria-label={`Account menu of ${name}`}
        className="grid size-10 cursor-pointer place-items-center rounded-full bg-tint font-serif font-semibold text-accent uppercase"
      >
        {Array.from(name.trim())[0] ?? "?"}
      </MenuTrigger>
      <MenuContent className="max-w-72">
        <div className="px-3 py-2 text-sm">
          <p className="truncate font-medium">{name}</p>
          <p className="truncate text-muted">{email}</p>
        </div>
        <MenuLine />
        <MenuItem asChild>
          <Link href="/settings">
            <Settings aria-hidden />
            Settings
          </Link>
        </MenuItem>
        <MenuItem onSelect={signOut}>
          <LogOut aria-hidden />
          Sign out
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}

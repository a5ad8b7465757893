"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Menu, MenuChoice, MenuChoices, MenuContent, MenuTrigger } from "@/components/ui/menu";
import { applyTheme, isTheme } from "@/lib/theme";
import type { Theme } from "@/lib/theme";

const CHOICES = [
  { theme: "system", label: "Use system setting", Icon: Monitor },
  { theme: "light", label: "Light", Icon: Sun },
  { theme: "dark", label: "Dark", Icon: Moon },
] as const;

export function ThemeMenu({ initial }: { initial: Theme }) {
  const [theme, setTheme] = useState(initial);
  const { Icon } = CHOICES.find((choice) => choice.theme === theme) ?? CHOICES[0];

  function choose(value: string) {
    if (!isTheme(value)) return;
    applyTheme(value);
    setTheme(value);
  }

  return (
    <Menu>
      <MenuTrigger asChild>
        <Button tone="quiet" size="icon" aria-label="Appearance">
          <Icon aria-hidden />
        </Button>
      </MenuTrigger>
      <MenuContent>
        <MenuChoices value={theme} onValueChange={choose}>
          {CHOICES.map(({ theme: value, label, Icon: Symbol }) => (
            <MenuChoice key={value} value={value}>
              <Symbol aria-hidden />
              {label}
            </MenuChoice>
          ))}
        </MenuChoices>
      </MenuContent>
    </Menu>
  );
}

import { cookies } from "next/headers";
import { ThemeMenu } from "@/features/appearance/theme-menu";
import { THEME_COOKIE, isTheme } from "@/lib/theme";

/** The theme menu, with the theme stored in the cookie. */
export async function Theme() {
  const theme = (await cookies()).get(THEME_COOKIE)?.value;
  return <ThemeMenu initial={isTheme(theme) ? theme : "system"} />;
}

import { z } from "@/lib/zod";

const PASSWORD_MIN = 8;
const PASSWORD_MAX = 128;

export const name = z
  .string()
  .trim()
  .min(1, "Enter your name.")
  .max(100, "Use at most 100 characters.");

const email = z.string().trim().pipe(z.email("Enter a valid e-mail address, such as ada@example.com."));

export const signInFields = z.object({ email, password: z.string().min(1, "Enter your password.") });

export const signUpFields = z.object({
  name,
  email,
  password: z
    .string()
    .min(PASSWORD_MIN, `Use at least ${PASSWORD_MIN} characters.`)
    .max(PASSWORD_MAX, `Use at most ${PASSWORD_MAX} characters.`),
});

// Sends the links by which users choose a new password: by mail, or to the log if no mail server is set.

import { createTransport } from "nodemailer";

export const RESET_SECONDS = 60 * 60;

/** Return Better Auth's option `sendResetPassword`. */
export function resetSender({ BETTER_AUTH_URL, MAIL_URL, MAIL_FROM }) {
  const transport = MAIL_URL && createTransport(MAIL_URL, { from: MAIL_FROM });
  return async ({ user, token }) => {
    const link = resetLink(BETTER_AUTH_URL, token);
    if (!transport) {
      console.log(`Better Auth: to reset the password of ${JSON.stringify(user.email)}, open ${link} within 1 hour`);
      return;
    }
    // Nobody waits for the mail server: the time of the response would tell whether the account exists.
    transport.sendMail({ to: user.email, subject: "Reset your password", text: text(link) }).catch((error) => {
      console.error(`Better Auth: a mail to reset a password was not sent: ${error.message}`);
    });
  };
}

/** Return the address of the page on which the owner of `token` chooses a new password. */
export function resetLink(site, token) {
  return `${site}/reset-password?token=${token}`;
}

function text(link) {
  return `To choose a new password, open this address within 1 hour:

${link}

If you did not ask for this, ignore this message. Your password stays the same.
`;
}

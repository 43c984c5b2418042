"""Ways to send mail: an SMTP server, Resend's API, or a folder that nobody sends from."""

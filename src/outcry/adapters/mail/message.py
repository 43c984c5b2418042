"""A mail as the text that mail servers and mail programs exchange."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr

from outcry.ports.mail import Mail


def message_of(mail: Mail, *, sender: str) -> EmailMessage:
    """The message; `sender` is an address, or a name with an address in angle brackets."""
    _, address = parseaddr(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=address.rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"  # Nobody's out-of-office need answer it.
    message.set_content(mail.text)
    return message

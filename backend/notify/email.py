"""E-mail over SMTP: with STARTTLS or TLS from the first byte, in plain text only to a relay on the same machine."""

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Literal

from backend.notify.channel import Message, TransportError

Security = Literal["starttls", "tls", "none"]
# At RCPT these are about the recipient; other 5xx are about the platform's own standing with the server (RFC 5321 4.2).
_NO_SUCH_PLACE = frozenset({550, 551, 553, 556})


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The server mail is handed to. The login is only ever sent over TLS."""

    host: str
    port: int
    security: Security
    login: tuple[str, str] | None
    sender: str
    """The From header: an address, perhaps with a (neutral) name before it."""


class Email:
    """Sends e-mail, one connection per message."""

    def __init__(
        self, server: SmtpServer, *, context: ssl.SSLContext | None = None, timeout_s: float = 10.0
    ) -> None:
        if server.login and server.security == "none":
            raise ValueError("a login is never sent without TLS")
        if server.login and not "".join(server.login).isascii():
            raise ValueError("a login has ASCII letters only: the library cannot send others")
        self._server = server
        self._context = context or ssl.create_default_context()
        self._timeout_s = timeout_s

    def send(self, message: Message, *, now: datetime) -> None:
        """Hand it to the server. Raises TransportError."""
        mail = self.mail_of(message, now=now)
        sender = parseaddr(self._server.sender)[1]
        try:
            with self._connection(sender.rpartition("@")[2]) as smtp:
                smtp.sendmail(sender, [message.address], mail.as_bytes())
        except smtplib.SMTPRecipientsRefused as error:
            raise _refused(error) from None
        except smtplib.SMTPDataError as error:
            raise TransportError(
                f"SMTP {error.smtp_code} at DATA", permanent=error.smtp_code >= 500
            ) from None
        except smtplib.SMTPServerDisconnected:
            raise TransportError("the mail server hung up") from None
        except smtplib.SMTPResponseException as error:
            # Greeting, login or sender refused: the platform's own affair, whoever the message is for.
            raise TransportError(
                f"SMTP {error.smtp_code} before the recipient", blames_channel=True
            ) from None
        except smtplib.SMTPException as error:
            raise TransportError(f"mail server: {type(error).__name__}", blames_channel=True) from None
        except ssl.SSLError:
            raise TransportError(
                "the mail server's certificate or TLS is refused", blames_channel=True
            ) from None
        except OSError as error:
            raise TransportError(f"no connection to the mail server ({type(error).__name__})") from None

    def mail_of(self, message: Message, *, now: datetime) -> EmailMessage:
        """The mail: one Message-ID for every try, so that mail programs show a repeated one once."""
        sender = parseaddr(self._server.sender)[1]
        mail = EmailMessage()
        mail["From"] = self._server.sender
        mail["To"] = message.address
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{message.message_id}@{sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        mail.set_content(message.text)
        return mail

    def _connection(self, own_name: str) -> smtplib.SMTP:
        server = self._server
        smtp: smtplib.SMTP
        if server.security == "tls":
            smtp = smtplib.SMTP_SSL(
                server.host, server.port, own_name, timeout=self._timeout_s, context=self._context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, own_name, timeout=self._timeout_s)
        try:
            if server.security == "starttls":
                smtp.starttls(context=self._context)
            if server.login:
                smtp.login(*server.login)
        except BaseException:
            smtp.close()
            raise
        return smtp


def _refused(error: smtplib.SMTPRecipientsRefused) -> TransportError:
    [(status, _)] = error.recipients.values()
    gone = status in _NO_SUCH_PLACE
    return TransportError(
        f"SMTP {status} at RCPT", permanent=gone, disables=gone, blames_channel=status >= 500 and not gone
    )

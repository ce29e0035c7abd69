"""A mail server as a process of its own: ``python -m tests.support.smtp_process PORT FOLDER``.

It speaks STARTTLS with the certificate in FOLDER, wants a login, and appends each e-mail it took to
FOLDER/taken.jsonl before it says so. Addresses that begin with ``refused`` or ``later`` get 550 and 451.
"""

from __future__ import annotations

import asyncio
import base64
import email
import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import policy
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.stack.servers import leashed
from tests.support.servers import eventually

USER, PASSWORD = "khoi", "made-for-the-test"
ROOT = Path(__file__).parents[2]


class MailServer:
    """What a test sees of the server: where it is, and what it took."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.certificate = folder / "certificate.pem"
        self._taken = folder / "taken.jsonl"

    @property
    def taken(self) -> list[Any]:
        """The e-mails it took, parsed, in order."""
        if not self._taken.exists():
            return []
        raws = [json.loads(line) for line in self._taken.read_text().splitlines()]
        return [email.message_from_bytes(base64.b64decode(raw), policy=policy.default) for raw in raws]


@contextmanager
def mail_server(folder: Path, port: int) -> Iterator[MailServer]:
    """Run the server; killed at the end."""
    server = MailServer(port, folder)
    if not server.certificate.exists():
        _certify(folder)
    process = subprocess.Popen(
        leashed([sys.executable, "-m", "tests.support.smtp_process", str(port), str(folder)]),
        cwd=ROOT,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
    )
    try:
        eventually((folder / f"listening-{port}").exists, within=20)
        yield server
    finally:
        process.kill()
        process.wait(10)
        (folder / f"listening-{port}").unlink(missing_ok=True)


def _certify(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


class _Handler:
    def __init__(self, folder: Path) -> None:
        self._taken = folder / "taken.jsonl"

    async def handle_RCPT(  # noqa: N802 -- the name aiosmtpd calls
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        for beginning, answer in (("refused", "550 no such mailbox"), ("later", "451 try again later")):
            if address.startswith(beginning):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 -- the same
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        with self._taken.open("a") as taken:
            taken.write(json.dumps(base64.b64encode(envelope.original_content).decode()) + "\n")
            taken.flush()
            os.fsync(taken.fileno())
        return "250 taken"


async def _serve(port: int, folder: Path) -> None:
    from aiosmtpd.smtp import SMTP, AuthResult  # noqa: PLC0415 -- only the server's own process needs it

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")

    def known(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()))

    def connection() -> SMTP:
        return SMTP(
            _Handler(folder),
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=known,
            enable_SMTPUTF8=False,
        )

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", port)
    (folder / f"listening-{port}").touch()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))

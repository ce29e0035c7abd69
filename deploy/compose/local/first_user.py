"""``first_user.py PORT USER PASSWORD_FILE``: makes the administrator on a server that asks nobody for a password."""

import sys
from pathlib import Path

import pymongo

port, user, password = sys.argv[1:]
with pymongo.MongoClient[dict[str, object]]("127.0.0.1", int(port), directConnection=True) as client:
    client.admin.command(
        "createUser",
        user,
        pwd=Path(password).read_text("utf-8").strip(),
        roles=[{"role": "root", "db": "admin"}],
    )

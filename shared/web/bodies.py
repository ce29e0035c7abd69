"""JSON bodies: what cannot be read is the caller's mistake, however it is broken."""

from __future__ import annotations

import json
from typing import Any

import flask
from webargs.flaskparser import FlaskParser


class BodyParser(FlaskParser):
    """Reads JSON as webargs does; arrays too deep and numbers too long for Python's reader are broken JSON as well."""

    def _raw_load_json(self, req: flask.Request) -> Any:
        try:
            return super()._raw_load_json(req)
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise
        except (RecursionError, ValueError) as error:
            raise json.JSONDecodeError(type(error).__name__, "…", 0) from error

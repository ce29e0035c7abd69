"""The bare Flask application that reads are compared with: pymongo and orjson, nothing of ours."""

from __future__ import annotations

import os
from typing import Any

import orjson
from flask import Flask, Response, request
from pymongo import MongoClient

LIST_SIZE = 50


def application() -> Flask:
    """Return the application; called by gunicorn after the fork."""
    app = Flask("bare")
    client: MongoClient[dict[str, Any]] = MongoClient(os.environ["MONGODB_URL"])
    members = client[f"{os.environ['KHOI_ID']}_members"]["members"]

    @app.get("/readyz")
    def ready() -> str:
        return "ok"

    @app.get("/members/<string:member_id>")
    def one(member_id: str) -> Response:
        return _json(members.find_one({"_id": member_id}))

    @app.get("/members")
    def several() -> Response:
        cells = request.args["cells"].split(",")
        fields = request.args["fields"].split(",") if "fields" in request.args else None
        return _json(list(members.find({"cell_id": {"$in": cells}}, fields).limit(LIST_SIZE)))

    return app


def _json(found: Any) -> Response:
    return Response(orjson.dumps(found), content_type="application/json")
